const MIN_RUN = 12;

/** Printable runs of 12 characters and more, 8-bit and UTF-16: what can be matched in bytes that no reader understands. */
export function printableRuns(bytes: Uint8Array): string {
  const narrow = runs(bytes, 0, 1);
  const wide = [runs(bytes, 0, 2), runs(bytes, 1, 2)].filter(Boolean).join('\n');
  return [narrow, wide].filter(Boolean).join('\n');
}

function runs(bytes: Uint8Array, start: number, step: 1 | 2): string {
  const found: string[] = [];
  const decoder = new TextDecoder('utf-8');
  let from = -1;
  for (let at = start; at <= bytes.length; at += step) {
    const isPrintable = at + step <= bytes.length && printable(bytes[at]!, step) && (step === 1 || bytes[at + 1] === 0);
    if (isPrintable) {
      if (from === -1) from = at;
      continue;
    }
    if (from !== -1 && (at - from) / step >= MIN_RUN) found.push(decoder.decode(step === 1 ? bytes.subarray(from, at) : everyOther(bytes, from, at)));
    from = -1;
  }
  return found.filter(isTextual).join('\n');
}

function printable(byte: number, step: 1 | 2): boolean {
  return (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13 || (step === 1 && byte >= 128);
}

function everyOther(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const narrow = new Uint8Array((to - from) / 2);
  for (let i = 0; i < narrow.length; i++) narrow[i] = bytes[from + 2 * i]!;
  return narrow;
}

/** Compressed bytes have runs too, but mostly of broken characters. */
function isTextual(run: string): boolean {
  let broken = 0;
  for (let i = 0; i < run.length; i++) if (run.charCodeAt(i) === 0xfffd) broken++;
  return broken * 8 <= run.length;
}
