interface Place {
  readonly part: number;
  readonly from: number;
  readonly to: number;
}
interface Found {
  readonly passages: readonly Place[];
  readonly cut: boolean;
}

/** How much of the checked text matched, however many documents have it: where passages overlap they are one. Of lists that are cut it is the least. */
export function countOnce(matches: readonly Found[]): { readonly passages: number; readonly characters: number; readonly isLeast: boolean } {
  const places = matches.flatMap(({ passages }) => passages).toSorted((a, b) => a.part - b.part || a.from - b.from);
  const joined: { part: number; from: number; to: number }[] = [];
  for (const { part, from, to } of places) {
    const last = joined.at(-1);
    if (last?.part === part && from < last.to) last.to = Math.max(last.to, to);
    else joined.push({ part, from, to });
  }
  return { passages: joined.length, characters: joined.reduce((sum, { from, to }) => sum + to - from, 0), isLeast: matches.some(({ cut }) => cut) };
}
