import { GRAM } from './constants.ts';
import type { Prints } from './fingerprint.ts';
import { isAllowed, type Segment } from './segment.ts';

/** Of each gram of a text, from where to where in the folded text it is its own; nothing where the end is not behind the beginning. */
export type Own = { readonly from: Int32Array; readonly to: Int32Array };

/** What of the grams of a text does not stand in `allow`. Allowed grams are as long as others: they reach into one over its ends, never into its middle. */
export function ownOf(prints: Prints, allow: readonly Segment[]): Own {
  const from = prints.at.slice();
  const to = prints.at.map((place) => place + GRAM);
  if (allow.length === 0) return { from, to };
  const spans = allowedSpans(prints, allow);
  let s = 0;
  for (let i = 0; i < prints.count; i++) {
    const at = prints.at[i]!;
    while (s < spans.length && spans[s]!.to <= at) s++;
    const isBegun = s < spans.length && spans[s]!.from <= at;
    if (isBegun) from[i] = spans[s]!.to;
    const next = spans[isBegun ? s + 1 : s];
    if (next !== undefined && next.from < to[i]!) to[i] = next.from;
  }
  return { from, to };
}

/**
 * Stretches of the folded text that allowed grams cover. What lies between two of them and is too short to be surely seen (less than `GRAM + window - 1` bytes) belongs
 * to them: it may be allowed text that winnowing left out at their ends, or what is filled in, a name or a year.
 */
function allowedSpans({ at, high, low, count, window }: Prints, allow: readonly Segment[]): { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = [];
  for (let i = 0; i < count; i++) {
    if (!isAllowed(allow, high[i]!, low[i]!)) continue;
    const from = at[i]!;
    const last = spans.at(-1);
    if (last !== undefined && from - last.to < GRAM + window - 1) last.to = from + GRAM;
    else spans.push({ from, to: from + GRAM });
  }
  return spans;
}
