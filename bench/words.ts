const SYLLABLES = 'ka ro mi ten sal vor ne du li pra sho gen ti ba lum cor ved an is el ma qui ros ter win fa do ze'.split(' ');

/** Text of a seed: words and sentences as long as those of people, the same in every run. */
export function textOf(seed: number, characters: number): string {
  const next = numbersOf(seed);
  let text = '';
  while (text.length < characters) {
    const sentence = Array.from({ length: 6 + Math.floor(next() * 14) }, () => wordOf(next)).join(' ');
    text += `${sentence[0]!.toUpperCase()}${sentence.slice(1)}. ${next() < 0.15 ? '\n' : ''}`;
  }
  return text.slice(0, characters);
}

function wordOf(next: () => number): string {
  return Array.from({ length: 1 + Math.floor(next() * 4) }, () => SYLLABLES[Math.floor(next() * SYLLABLES.length)]!).join('');
}

/** Numbers from 0 up to 1 (xorshift32). */
function numbersOf(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
