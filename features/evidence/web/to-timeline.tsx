import type { ReactNode } from 'react';
import { z } from 'zod';
import { Facts, Link } from '#platform/web/ui/index.ts';
import type { TimelineEntry } from '#platform/web/ui/index.ts';
import { explainRefusals, foldRepeats } from './fold-repeats.ts';
import { tellEntry } from './sentences.ts';

export interface Recorded {
  readonly id: string;
  readonly at: string;
  readonly type: string;
  readonly actor: string | null;
  readonly actorName: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly details: Readonly<Record<string, unknown>>;
  readonly names: Readonly<Record<string, string>>;
}

interface Page {
  readonly entries: readonly Recorded[];
  /** There are older ones, which were not loaded. */
  readonly more: boolean;
}

/** Entries about one person in words, with a door to the secret that each speaks of; `of` is that person, who is not named again and again. */
export function toPersonTimeline({ entries, more }: Page, of: string): TimelineEntry[] {
  return toLines({ entries, more }, (entry, words) => {
    const secretId = secretOf(entry);
    return (
      <>
        {words}
        {entry.actor !== of && entry.actorName && `, by ${entry.actorName}`}
        {secretId && (
          <>
            {'. '}
            <Link to={`/register/${secretId}`}>{entry.names[secretId] ?? 'The secret'}</Link>
          </>
        )}
        <Reason of={entry} />
      </>
    );
  });
}

/** A refusal names what it was about as its subject, and that may be anything. */
function secretOf({ data: { secretId, subject } }: Recorded): string | undefined {
  return [secretId, subject].filter((id) => typeof id === 'string').find((id) => id.startsWith('sec_'));
}

/** Entries about one secret in words, each with who did it. */
export function toSecretTimeline(page: Page): TimelineEntry[] {
  return toLines(page, (entry, words) => (
    <>
      {words}
      {entry.actorName && `, by ${entry.actorName}`}
      <Reason of={entry} />
    </>
  ));
}

function toLines({ entries, more }: Page, text: (entry: Recorded, words: string) => ReactNode): TimelineEntry[] {
  return foldRepeats(explainRefusals(entries), { more }).map((entry) => {
    const { mark, words } = tell(entry);
    const lines = entry.lines.map((line) => ({ id: line.id, at: line.at, text: tell(line).words }));
    return { id: entry.id, at: entry.at, mark, text: text(entry, words), more: sheetOf(entry), ...(lines.length > 1 ? { lines } : {}) };
  });
}
function tell({ type, data, details, names }: Recorded) {
  return tellEntry(type, { ...details, ...data, names });
}

const Sheet = z.object({
  unit: z.string(),
  contributors: z.array(z.string()),
  storedIn: z.array(z.string()),
  usedIn: z.array(z.string()),
  originOn: z.string().nullable(),
  reviewOn: z.string().nullable(),
});
/** What the sheet of a secret said from this entry on. */
function sheetOf({ type, data, details }: Recorded): TimelineEntry['more'] {
  const sheet = Sheet.safeParse(details['sheet']);
  if (!['register.entered', 'register.revised'].includes(type) || !sheet.success) return undefined;
  const { unit, contributors, storedIn, usedIn, originOn, reviewOn } = sheet.data;
  const facts: [string, ReactNode][] = [
    ['Title', String(details['title'] ?? '')],
    ['Tier', String(data['tier'])],
    ['Unit', unit],
    ['Contributors', contributors.join('; ')],
    ['The combination is the secret', data['combination'] === true ? 'Yes' : 'No'],
    ['Kept in', storedIn.join(', ')],
    ['Used in', usedIn.join(', ')],
    ['Held since', originOn],
    ['Next review', reviewOn],
  ];
  return { title: 'What the sheet said from then on', content: <Facts facts={facts.map(([name, said]) => [name, said || 'Nothing'])} /> };
}

function Reason({ of: { details } }: { of: Recorded }) {
  return typeof details['reason'] === 'string' && <span className="quiet">. Reason: “{details['reason']}”</span>;
}
