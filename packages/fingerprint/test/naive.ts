// A second implementation, written for being obviously right: whole text, every window, every gram, one cipher call at a time.
// It shares with the package only the list of look-alikes.
import { createCipheriv } from 'node:crypto';
import { confusables } from '../src/confusables.ts';

const GRAM = 32;

export type NaiveByte = { byte: number; from: number; to: number };
export type NaivePrint = { at: number; from: number; to: number; high: number; low: number };

export function naiveFold(text: string): NaiveByte[] {
  const out: NaiveByte[] = [];
  // A syllable of loose Hangul letters is one character; so is a pair; a lone surrogate is matched and dropped.
  for (const piece of text.matchAll(/[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|[^]/gu)) {
    for (const byte of Buffer.from(naiveCharacter(piece[0].normalize('NFC'), piece[0]), 'utf8')) {
      out.push({ byte, from: piece.index, to: piece.index + piece[0].length });
    }
  }
  return out;
}

function naiveCharacter(composed: string, piece: string): string {
  const character = /^[\u1100-\u11ff]{2,3}$/.test(piece) ? composed : piece;
  if (/[\ud800-\udfff]/u.test(character) || /[\p{M}\p{DI}\u02b9-\u02ff]/u.test(character)) return '';
  const compatible = character.normalize('NFKC');
  if (/^\p{ASCII}*$/u.test(compatible)) return compatible.toLowerCase().replace(/[^a-z0-9]/g, '');
  const letters = compatible.normalize('NFD').replace(/\p{M}/gu, '');
  const bare = [...letters]
    .map((c) => c.toLowerCase().toUpperCase().toLowerCase())
    .join('')
    .normalize('NFD')
    .replace(/\p{M}/gu, '');
  const plain = Array.from(bare, (c) => (c < '\x80' ? c : (confusables.get(c) ?? c)).replace(/\p{Nd}/u, naiveDigit));
  return plain
    .join('')
    .replace(/[^\p{L}\p{N}]|[\p{DI}\u02b9-\u02ff]/gu, '')
    .normalize('NFC');
}

function naiveDigit(digit: string): string {
  let value = 0;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(digit.codePointAt(0)! - value - 1))) value++;
  return String(value % 10);
}

export class Naive {
  readonly #key: Buffer;
  readonly #table: number[] = [];

  constructor(secret: Buffer) {
    this.#key = secret;
    const cipher = createCipheriv('aes-128-ecb', secret, null).setAutoPadding(false);
    for (let i = 0; i < 64; i++) {
      const block = cipher.update(Buffer.concat([Buffer.from('UNDERSEAL-FP'), Buffer.from([2, 1, i, 0])]));
      for (let j = 0; j < 16; j += 4) this.#table.push(block.readInt32LE(j));
    }
  }

  prints(text: string, window: number): NaivePrint[] {
    const folded = naiveFold(text);
    const bytes = Buffer.from(folded.map((one) => one.byte));
    const grams = Math.max(0, bytes.length - GRAM + 1);
    const ranks = Array.from({ length: grams }, (_, i) => this.rank(bytes.subarray(i, i + GRAM)));
    const chosen = new Set<number>();
    for (let start = 0; start < Math.max(grams > 0 ? 1 : 0, grams - window + 1); start++) {
      let best = -1;
      for (let i = start; i < Math.min(grams, start + window); i++) {
        if (ranks[i] !== undefined && (best < 0 || ranks[i]! <= ranks[best]!)) best = i;
      }
      if (best >= 0) chosen.add(best);
    }
    return [...chosen]
      .toSorted((a, b) => a - b)
      .map((at) => ({ at, from: folded[at]!.from, to: folded[at + GRAM - 1]!.to, ...this.identity(bytes.subarray(at, at + GRAM)) }));
  }

  /** Undefined for a uniform gram, which is never chosen. */
  rank(gram: Buffer): number | undefined {
    for (let period = 1; period <= 4; period++) {
      if ([...gram].filter((byte, i) => i >= period && byte === gram[i - period]).length >= 24) return undefined;
    }
    const rank = [...gram].reduce((sum, byte, i) => sum ^ rotated(this.#table[byte]!, GRAM - 1 - i), 0);
    return Math.min(rank, 0x7ffffffe);
  }

  identity(gram: Buffer): { high: number; low: number } {
    const label = Buffer.concat([Buffer.from('UNDERSEAL-FP'), Buffer.from([3, 1, 0, 0])]);
    const cipher = createCipheriv('aes-128-cbc', this.#key, Buffer.alloc(16)).setAutoPadding(false);
    const mac = cipher.update(Buffer.concat([label, gram])).subarray(-16);
    return { high: mac.readInt32LE(0), low: mac.readInt32LE(4) };
  }
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

export type NaiveFinding = { id: string; coverage: number; characters: number; ofDocument: number };

/** What each document covers of the text, counted byte by byte. */
export function naiveScan(naive: Naive, text: string, documents: readonly { id: string; text: string }[]): NaiveFinding[] {
  const seen = naive.prints(text, 16);
  const name = (print: NaivePrint) => `${print.high}:${print.low}`;
  return documents.flatMap(({ id, text: registered }) => {
    const prints = new Set(naive.prints(registered, 16).map(name));
    const hits = seen.filter((print) => prints.has(name(print)));
    if (hits.length === 0) return [];
    const clusters: NaivePrint[][] = [];
    for (const hit of hits) {
      const cluster = clusters.at(-1);
      if (cluster === undefined || hit.at - (cluster.at(-1)!.at + GRAM) > 400) clusters.push([hit]);
      else cluster.push(hit);
    }
    const once = (cluster: NaivePrint[]) => cluster.filter((hit, i) => cluster.findIndex((other) => name(other) === name(hit)) === i);
    const coverage = Math.max(...clusters.map((cluster) => bytesOf(once(cluster))));
    return [{ id, coverage, characters: bytesOf(hits), ofDocument: new Set(hits.map(name)).size / prints.size }];
  });
}

function bytesOf(hits: readonly NaivePrint[]): number {
  return new Set(hits.flatMap(({ at }) => Array.from({ length: GRAM }, (_, i) => at + i))).size;
}
