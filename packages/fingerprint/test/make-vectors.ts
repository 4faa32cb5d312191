// Writes vectors/prints.json with the naive implementation. Run by hand when, and only when, the fingerprints are meant to change.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Naive } from './naive.ts';

const naive = new Naive(createHash('sha256').update('a key for tests').digest().subarray(0, 16));
const texts: [string, string][] = [
  ['English', 'Heat the catalyst to 350 °C, hold for twelve minutes, then cool slowly under argon until the slurry turns pale green; never exceed 2.5 bar.'],
  ['disguised', 'Неаt thе саtаlуst tо ３５０ °C,\u200b hold for 𝐭𝐰𝐞𝐥𝐯𝐞 minutes, then\n> cool slow-\n> ly under argon until the slurry turns pale green.'],
  ['Russian', 'Нагреть катализатор до трёхсот пятидесяти градусов, выдержать двенадцать минут и медленно охладить под аргоном.'],
  ['Chinese', '将催化剂加热至三百五十摄氏度，保温十二分钟，然后在氩气保护下缓慢冷却，直到浆料变为淡绿色；压力切勿超过二点五巴。'],
  ['Korean, decomposed', '촉매를 섭씨 삼백오십 도로 가열하고 십이 분간 유지한 다음 아르곤 아래에서 천천히 식힌다'.normalize('NFD')],
  ['noughts in the middle', `Matrix of the yields measured in March: ${'0.00 '.repeat(40)} and the remarks of the laboratory about it.`],
  ['of the least length', 'the quick brown fox jumps over the lazy'],
  ['too short', 'the quick brown fox'],
];
const vectors = texts.flatMap(([name, text]) =>
  [16, 32].map((window) => ({
    name: `${name}, w=${window}`,
    text,
    window,
    prints: naive.prints(text, window).map(({ at, from, to, high, low }) => [at, from, to, high, low]),
  })),
);
writeFileSync(new URL('./vectors/prints.json', import.meta.url), `[\n${vectors.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`);
