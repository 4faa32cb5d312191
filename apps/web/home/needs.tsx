import type { ReactNode } from 'react';
import type { OwnerState } from '#features/register/contract.ts';
import { ButtonLink, CodeName, formatInstant, Instant, Link, State } from '#platform/web/ui/index.ts';
import type { ThisWeek } from './this-week.ts';
import { countOf, ofPrograms } from './this-week.ts';

export interface Need {
  readonly id: string;
  readonly title: ReactNode;
  readonly text: ReactNode;
  readonly by: readonly ReactNode[];
  readonly to: string;
  readonly verb: string;
}
interface SecretRow {
  readonly id: string;
  readonly codeName: string;
  readonly tier: number;
  readonly reviewOn: string | null;
}
interface Unanswered {
  readonly id: string;
  readonly codeName: string;
  readonly tier: number;
  readonly ownerName: string;
  readonly ownerState: OwnerState;
}
interface Bare {
  readonly secretId: string;
  readonly codeName: string;
  readonly tier: number;
  readonly why: 'nothing-stored' | 'being-read' | 'unreadable';
}
export interface Known {
  readonly secrets: readonly SecretRow[] | undefined;
  readonly matches: ThisWeek | undefined;
  readonly unread: ThisWeek | undefined;
  /** For which nobody answers; empty for who cannot mend it. */
  readonly unanswered: { readonly rows: readonly Unanswered[]; readonly whole: boolean };
  /** Of which nothing can be recognised; `whole`: there are no more. */
  readonly unrecognised: { readonly rows: readonly Bare[]; readonly whole: boolean };
  readonly secondFactor: boolean | undefined;
  /** `2026-11-12`. */
  readonly today: string;
}
const MOST = 3;

/** What needs somebody today, the gravest first; only what reads can tell. */
export function needsOf(known: Known): Need[] {
  return [...ofMatches(known), ...ofUnanswered(known), ...ofReviews(known), ...ofUnrecognised(known), ...ofUnread(known), ...ofSignIn(known)].slice(0, MOST);
}

/** "Mail gateway", "Mail gateway and Build", "programs" where one may not see which. */
function programsOf({ rows }: ThisWeek): string {
  const names = [...new Set(rows.flatMap(({ by }) => by.name ?? []))];
  if (names.length === 0 || names.length > MOST || rows.some(({ by }) => by.name === null)) return rows.length === 1 ? 'a program' : 'programs';
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`;
}

function ofMatches({ matches: all }: Known): Need[] {
  const matches = all && ofPrograms(all);
  const last = matches?.rows[0];
  if (!matches || !last) return [];
  const names = [...new Set(matches.rows.flatMap((row) => row.secrets.map((one) => one.codeName)))];
  const many = matches.rows.length > 1 || !matches.whole;
  return [
    {
      id: 'matches',
      title: (
        <Link to="/exits?verdict=match">
          {many ? `${countOf(matches)} checks by ${programsOf(matches)} matched this week` : `A check by ${programsOf(matches)} matched this week`}
        </Link>
      ),
      text:
        names.length > 0 ? (
          <>
            Passages of{' '}
            {names.slice(0, MOST).map((name, i) => (
              <span key={name}>
                {i > 0 && ', '}
                <CodeName>{name}</CodeName>
              </span>
            ))}
            {names.length > MOST && ` and ${names.length - MOST} more`} were found. See what it was, and what became of it.
          </>
        ) : (
          'Passages of secrets that you may not know of were found.'
        ),
      by: [
        <State key="state" kind="breach">
          Match
        </State>,
        <span key="at">
          Last <Instant at={last.at} />
        </span>,
      ],
      to: '/exits?verdict=match',
      verb: 'See the matches',
    },
  ];
}

function ofUnanswered({ unanswered: { rows, whole } }: Known): Need[] {
  const [gravest] = rows;
  if (!gravest) return [];
  const many = rows.length > 1 || !whole;
  const to = many ? '/register?owner=none' : `/register/${gravest.id}`;
  return [
    {
      id: 'unanswered',
      title: (
        <Link to={to}>
          {many ? (
            `Nobody answers for ${countOf({ rows, whole })} secrets`
          ) : (
            <>
              Nobody answers for <CodeName>{gravest.codeName}</CodeName>
            </>
          )}
        </Link>
      ),
      text: `${
        many
          ? 'Their owners have left, or have no role any more that may own.'
          : `${gravest.ownerName} ${gravest.ownerState === 'left' ? 'has left' : 'has no role any more that may own'}.`
      } Until you name another owner, nobody lets anybody in, ends a grant, or reviews ${many ? 'them' : 'it'}.`,
      by: [
        <State key="state" kind="gap">
          Gap
        </State>,
        `Tier ${gravest.tier}`,
      ],
      to,
      verb: many ? 'See which' : 'Give it an owner',
    },
  ];
}

function ofReviews({ secrets, today }: Known): Need[] {
  const overdue = (secrets ?? [])
    .filter((row) => row.reviewOn !== null && row.reviewOn <= today)
    .sort((a, b) => b.tier - a.tier || (a.reviewOn! < b.reviewOn! ? -1 : 1));
  return overdue.slice(0, MOST).map((row) => ({
    id: `review ${row.id}`,
    title: (
      <Link to={`/register/${row.id}`}>
        <CodeName>{row.codeName}</CodeName> is due for review
      </Link>
    ),
    text: 'Look whether tier, places and people still fit, and set the next date. A secret that nobody looked at for years is hard to call protected.',
    by: [
      <State key="state" kind="due">
        Due
      </State>,
      `Since ${formatInstant(row.reviewOn!, 'day')}`,
      `Tier ${row.tier}`,
    ],
    to: `/register/${row.id}`,
    verb: 'Review it',
  }));
}

function ofUnrecognised({ unrecognised: { rows, whole } }: Known): Need[] {
  const bare = rows.filter((row) => row.why !== 'being-read');
  const [gravest] = bare.toSorted((a, b) => b.tier - a.tier);
  if (!gravest) return [];
  const many = bare.length > 1 || !whole;
  return [
    {
      id: 'unrecognised',
      title: many ? (
        `No passage of ${countOf({ rows: bare, whole })} secrets can be recognised`
      ) : (
        <Link to={`/register/${gravest.secretId}`}>
          No passage of <CodeName>{gravest.codeName}</CodeName> can be recognised
        </Link>
      ),
      text: `Store the documents that hold ${many ? 'them' : 'it'}, or write down the elements: without them no check can find what is copied out of ${many ? 'them' : 'it'}.${many ? ' They stand below.' : ''}`,
      by: [
        <State key="state" kind="gap">
          Gap
        </State>,
        `Tier ${gravest.tier}`,
      ],
      to: `/register/${gravest.secretId}?tab=documents`,
      verb: many ? `Open ${gravest.codeName}` : 'Add a document',
    },
  ];
}

function ofUnread({ unread: all }: Known): Need[] {
  const unread = all && ofPrograms(all);
  const last = unread?.rows[0];
  if (!unread || !last) return [];
  const many = unread.rows.length > 1 || !unread.whole;
  return [
    {
      id: 'unread',
      title: (
        <Link to="/exits?verdict=not-inspected">
          {many
            ? `${countOf(unread)} checks by ${programsOf(unread)} could not be read this week`
            : `A check by ${programsOf(unread)} could not be read this week`}
        </Link>
      ),
      text: 'Locked, broken or of an unknown kind: nobody can say whether passages of secrets are in it.',
      by: [
        <State key="state" kind="not-inspected">
          Not inspected
        </State>,
        <span key="at">
          Last <Instant at={last.at} />
        </span>,
      ],
      to: '/exits?verdict=not-inspected',
      verb: 'See which',
    },
  ];
}

function ofSignIn({ secondFactor }: Known): Need[] {
  if (secondFactor !== false) return [];
  return [
    {
      id: 'factor',
      title: <Link to="/my-sign-in">Your sign-in hangs on a password alone</Link>,
      text: 'Add an authenticator app: then a stolen password opens nothing.',
      by: [
        <State key="state" kind="gap">
          One gap
        </State>,
      ],
      to: '/my-sign-in',
      verb: 'Add an app',
    },
  ];
}

export function toTodo(needs: readonly Need[]) {
  return needs.map(({ id, title, text, by, to, verb }, i) => ({
    id,
    title,
    text,
    by,
    action: (
      <ButtonLink variant={i === 0 ? 'filled' : 'outlined'} to={to}>
        {verb}
      </ButtonLink>
    ),
  }));
}
