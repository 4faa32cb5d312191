import type { AnswerOf } from '@underseal/contract';
import { useState } from 'react';
import { evidence } from '#features/evidence/contract.ts';
import { toSecretTimeline } from '#features/evidence/web/to-timeline.tsx';
import { Grants } from '#features/access/web/Grants.tsx';
import { guard } from '#features/guard/contract.ts';
import { Exposure } from '#features/guard/web/Exposure.tsx';
import { PersonField } from '#features/people/web/PersonField.tsx';
import { register } from '#features/register/contract.ts';
import { vault } from '#features/vault/contract.ts';
import { Documents, DOCUMENTS_AT_ONCE } from '#features/vault/web/Documents.tsx';
import { describeError, useAct, useList, useRead } from '#platform/web/operations.ts';
import { Broken, useMay, useParam } from '#platform/web/shell/index.ts';
import {
  Button,
  ButtonLink,
  Clauses,
  CodeName,
  Empty,
  ErrorNote,
  Instant,
  Loading,
  Page,
  Section,
  SheetPage,
  State,
  Timeline,
  useUrl,
  type StateKind,
} from '#platform/web/ui/index.ts';
import { AddElement, Mending, Reassigning } from './Mending.tsx';
import { useFingerprints } from './use-fingerprints.ts';
import './SecretPage.css';

const TABS = ['overview', 'documents', 'people', 'exposure'] as const;

/** The sheet of one secret. */
export function SecretPage() {
  const secretId = useParam('secretId') as never;
  const [tab] = useUrl('tab', 'overview');
  const sheet = useRead(register.show, { secretId }, { first: true });
  const enabled = sheet.isSuccess;
  const timeline = useList(evidence.secretTimeline, { secretId, limit: 30 }, { enabled });
  const recognition = useRead(guard.recognition, { secretId }, { enabled });
  const documents = useList(vault.list, { secretId, limit: DOCUMENTS_AT_ONCE }, { enabled });
  const pages = documents.data?.pages.map((page) => page.items.map((document) => document.latest)) ?? [];
  // What was shown stays known after a refusal, and is asked about no more.
  const shown = enabled ? { elements: sheet.data.elements.map(({ id }) => id), documents: pages } : { elements: [], documents: [] };
  const fingerprints = useFingerprints(secretId, shown);
  const mayStore = useMay('vault:store');
  const mayGrant = useMay('access:grant');
  const mayReview = useMay('guard:review');
  const mayEnter = useMay('register:enter');
  if (sheet.error) return <Broken error={describeError(sheet.error)} reset={() => void sheet.refetch()} />;
  if (!sheet.data)
    return (
      <Page path={['Register']} title="Secret">
        <Loading what="the secret" />
      </Page>
    );
  const secret = sheet.data;
  const unread = recognition.error ?? fingerprints.error;
  const state = recognition.data && documents.data && stateOf(recognition.data, pages[0]!.length > 0);
  const to = (name: string) => (name === 'overview' ? `/register/${secretId}` : `/register/${secretId}?tab=${name}`);
  const shownTabs = TABS.filter((name) => (name !== 'exposure' || mayReview) && (name !== 'people' || mayGrant));
  return (
    <SheetPage
      path={[{ label: 'Register', to: '/register' }, `Tier ${secret.tier}`]}
      title={<CodeName>{secret.codeName}</CodeName>}
      documentTitle={secret.codeName}
      subtitle={secret.title}
      state={secret.ownerState === 'here' ? state : { kind: 'gap', words: `Nobody answers for it: its owner ${LOST[secret.ownerState]}.` }}
      actions={
        <>
          {secret.may.own && mayEnter && <Mending secret={secret} />}
          {secret.may.reassign && <Reassigning secret={secret} />}
          <ButtonLink to="/check">Check a text</ButtonLink>
        </>
      }
      facts={[
        ['Owner', secret.ownerState === 'here' ? secret.ownerName : `${secret.ownerName}, who ${LOST[secret.ownerState]}`],
        ...(secret.unit ? [['Unit', secret.unit] as const] : []),
        ...(secret.contributors.length > 0 ? [['Contributors', secret.contributors.join('; ')] as const] : []),
        ...(secret.originOn ? [['Held since', <Instant key="o" at={`${secret.originOn}T00:00:00.000Z`} precision="day" />] as const] : []),
        ...(secret.reviewOn ? [['Next review', <Instant key="r" at={`${secret.reviewOn}T00:00:00.000Z`} precision="day" />] as const] : []),
        ...(secret.storedIn.length > 0 ? [['Kept in', secret.storedIn.join(', ')] as const] : []),
        ...(secret.usedIn.length > 0 ? [['Used in', secret.usedIn.join(', ')] as const] : []),
      ]}
      tabs={shownTabs.map((name) => ({ label: name[0]!.toUpperCase() + name.slice(1), to: to(name), current: tab === name }))}
      tabsLabel="Parts of the sheet"
      aside={
        <Timeline
          entries={toSecretTimeline({ entries: timeline.data?.pages.flatMap((page) => page.items) ?? [], more: timeline.hasNextPage })}
          empty={timeline.isPending ? 'Loading what happened.' : undefined}
          foot={
            timeline.hasNextPage && (
              <Button size="small" busy={timeline.isFetchingNextPage} onClick={() => void timeline.fetchNextPage()}>
                Older
              </Button>
            )
          }
        />
      }
    >
      {unread && <ErrorNote error={describeError(unread)} onRetry={() => void Promise.all([recognition.refetch(), fingerprints.refetch()])} />}
      {tab === 'overview' && <Elements secretId={secretId} secret={secret} mayAdd={secret.may.own && mayEnter} fingerprintOf={fingerprints.of} />}
      {(tab === 'overview' || tab === 'documents') && (
        <Documents secretId={secretId} mayOpen={secret.may.open} mayStore={mayStore && secret.may.open} fingerprintOf={fingerprints.of} />
      )}
      {(tab === 'overview' || tab === 'people') && mayGrant && (
        <div className="secret-grants">
          <Grants
            secretId={secretId}
            codeName={secret.codeName}
            ownerId={secret.ownerId}
            ownerName={secret.ownerName}
            ownerState={secret.ownerState}
            mayGrant={secret.may.own}
            person={(field) => <PersonField except={secret.ownerId} {...field} />}
          />
        </div>
      )}
      {tab === 'exposure' && mayReview && <Exposure secretId={secretId} />}
    </SheetPage>
  );
}

const LOST = { left: 'has left', 'no-role': 'has no role any more that may own', altered: 'was changed by hand in the database' } as const;

/** What can be said of its protection from what exists: can each document and element be recognised? */
function stateOf({ whole, inPart, asFile, none, pending }: AnswerOf<typeof guard.recognition>, hasDocuments: boolean): { kind: StateKind; words: string } {
  const lacking = inPart + asFile + none;
  if (pending > 0) return { kind: 'due', words: 'Being read, so that its passages can be recognised.' };
  if (!hasDocuments && whole + lacking === 0) return { kind: 'gap', words: 'Registered, but nothing of it can be recognised yet.' };
  if (whole + inPart === 0) return { kind: 'gap', words: `No passage of it can be recognised${asFile > 0 ? ', only its files as they are' : ''}.` };
  if (lacking > 0)
    return {
      kind: 'gap',
      words: `Can be recognised, but of ${lacking} ${lacking === 1 ? 'document or element' : 'documents or elements'} not every passage, or none.`,
    };
  return { kind: 'holds', words: 'Registered, encrypted, and can be recognised.' };
}

/** Of what can be recognised nothing is said: that it can is what one expects. */
function lackOf(fingerprint: { state: string } | undefined) {
  if (!fingerprint || fingerprint.state === 'ready') return undefined;
  if (fingerprint.state === 'pending') return <State kind="due">Being read</State>;
  return <State kind="not-inspected">{fingerprint.state === 'empty' ? 'No passage can be recognised' : 'Cannot be recognised'}</State>;
}

function Elements({
  secretId,
  secret,
  mayAdd,
  fingerprintOf,
}: {
  secretId: string;
  mayAdd: boolean;
  fingerprintOf: (elementId: string) => { state: string } | undefined;
  secret: { combination: boolean; may: { open: boolean }; elements: readonly { id: string; number: number; heading: string }[] };
}) {
  const [open, setOpen] = useState<Readonly<Record<string, string>>>({});
  const release = useAct(register.openElement);
  const show = (elementId: string) =>
    release.mutate(
      { secretId: secretId as never, elementId: elementId as never },
      { onSuccess: ({ text }) => setOpen((before) => ({ ...before, [elementId]: text })) },
    );
  const close = (elementId: string) => setOpen(({ [elementId]: _closed, ...rest }) => rest);
  return (
    <Section title="Elements" aside={secret.combination ? 'The combination is the secret' : undefined}>
      {release.error && <ErrorNote error={describeError(release.error)} />}
      {secret.elements.length === 0 && (
        <Empty
          title="What the secret consists of, point by point."
          why="A court wants to know exactly what was taken. Numbered elements let a match say which of them left."
        />
      )}
      <Clauses
        clauses={secret.elements.map((element) => ({
          id: String(element.number),
          title: element.heading,
          text: open[element.id],
          state: lackOf(fingerprintOf(element.id)),
          note: open[element.id] ? 'Opened by you just now; it is recorded.' : undefined,
          action: !secret.may.open ? undefined : open[element.id] ? (
            <Button size="small" onClick={() => close(element.id)}>
              Close
            </Button>
          ) : (
            <Button size="small" icon="lock" onClick={() => show(element.id)}>
              Open the text
            </Button>
          ),
        }))}
      />
      {mayAdd && <AddElement secretId={secretId} />}
    </Section>
  );
}
