import { Link } from '#platform/web/ui/index.ts';
import type { TimelineEntry } from '#platform/web/ui/index.ts';
import { foldRepeats } from './fold-repeats.ts';
import { tellEntry } from './sentences.ts';

export interface Recorded {
  readonly id: string;
  readonly at: string;
  readonly type: string;
  readonly actor: string | null;
  readonly actorName: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Entries about one person in words, with a door to the secret that each speaks of; `of` is that person, who is not named again and again. */
export function toPersonTimeline(entries: readonly Recorded[], of: string): TimelineEntry[] {
  return foldRepeats(entries).map((entry) => {
    const { mark, words } = tellEntry(entry.type, { ...entry.details, ...entry.data });
    const secretId = entry.data['secretId'];
    return {
      id: entry.id,
      at: entry.at,
      mark,
      text: (
        <>
          {words}
          {entry.actor === of && isOther(entry.data['personId'], of) && ', for somebody else'}
          {entry.actor !== of && entry.actorName && `, by ${entry.actorName}`}
          {typeof secretId === 'string' && (
            <>
              {'. '}
              <Link to={`/register/${secretId}`}>{typeof entry.details['codeName'] === 'string' ? entry.details['codeName'] : 'The secret'}</Link>
            </>
          )}
          {typeof entry.details['reason'] === 'string' && <span className="dense quiet"> “{entry.details['reason']}”</span>}
        </>
      ),
    };
  });
}

function isOther(personId: unknown, of: string): boolean {
  return typeof personId === 'string' && personId !== of;
}
