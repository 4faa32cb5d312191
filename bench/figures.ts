/** One measured side of a comparison. Latencies are milliseconds. */
export interface Figure {
  /** In the unit of its row; the median of the rounds. */
  readonly value: number;
  readonly p50?: number;
  readonly p99?: number;
}
/** One line of the table. A ratio above 1 means that ours is the better. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly ours: Figure;
  readonly peer?: Figure & { readonly name: string };
  /** Median of the ratios of the rounds, with the lowest and the highest. */
  readonly ratio?: { readonly median: number; readonly lowest: number; readonly highest: number };
  readonly note?: string;
}
/** What one round of one side gave: how much was done a second, and how long each took if that was asked. */
export interface Round {
  readonly value: number;
  readonly latencies?: readonly number[];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

export function toFigure(rounds: readonly Round[]): Figure {
  const latencies = rounds.flatMap((round) => round.latencies ?? []);
  const value = median(rounds.map((round) => round.value));
  return latencies.length === 0 ? { value } : { value, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
}

interface Comparison {
  readonly what: string;
  readonly unit: string;
  readonly rounds: number;
  readonly ours: () => Promise<Round> | Round;
  readonly peer: { readonly name: string; readonly run: () => Promise<Round> | Round };
  readonly note?: string;
}
/** One round of each to warm up, then both by turns, so that a neighbour's noise falls on both. */
export async function compare({ what, unit, rounds, ours, peer, note }: Comparison): Promise<Row> {
  await ours();
  await peer.run();
  const mine: Round[] = [];
  const theirs: Round[] = [];
  for (let i = 0; i < rounds; i++) {
    // Who goes first also changes, so that neither always inherits the other's garbage.
    if (i % 2 === 0) mine.push(await ours());
    theirs.push(await peer.run());
    if (i % 2 === 1) mine.push(await ours());
  }
  const ratios = mine.map((round, i) => round.value / theirs[i]!.value);
  return {
    what,
    unit,
    ours: toFigure(mine),
    peer: { name: peer.name, ...toFigure(theirs) },
    ratio: { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) },
    ...(note === undefined ? {} : { note }),
  };
}

/** Keeps `concurrency` calls under way for so long; answers calls a second and the latency of each. */
export async function keepBusy({ concurrency, milliseconds }: { concurrency: number; milliseconds: number }, call: () => Promise<unknown>): Promise<Round> {
  const latencies: number[] = [];
  const started = performance.now();
  const worker = async () => {
    for (let at = performance.now(); at - started < milliseconds;) {
      await call();
      const now = performance.now();
      latencies.push(now - at);
      at = now;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { value: latencies.length / ((performance.now() - started) / 1000), latencies };
}

/** Repeats CPU-bound work for so long; answers units of it a second. */
export async function repeat(milliseconds: number, work: () => Promise<number> | number): Promise<Round> {
  const started = performance.now();
  let done = 0;
  do done += await work();
  while (performance.now() - started < milliseconds);
  return { value: done / ((performance.now() - started) / 1000) };
}
