import fc from 'fast-check';

/** More runs with SLOW=1. */
export const runs = (plain: number) => ({ numRuns: process.env.SLOW === '1' ? plain * 20 : plain });

const WORDS = `catalyst batch reactor temperature solvent yield margin supplier the of and to in is for with at 12 3.5 °C naïve Zürich
формула катализатор при температуре смесь τύπος καταλύτης θερμοκρασία 触媒 配方 温度 反应 조성 온도 촉매 सूत्र तापमान صيغة درجة נוסחה ｆｕｌｌ 𝐛𝐨𝐥𝐝 ﬁne`.split(
  /\s+/,
);

/** Words of many scripts, as a document has them. */
export const prose = (min: number, max: number) => fc.array(fc.constantFrom(...WORDS), { minLength: min, maxLength: max }).map((words) => words.join(' '));

/** Anything a string can hold: all planes, lone surrogates, marks, controls. */
export const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 }).map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom('a', 'A', '\u0301', '\u200b', '\u202e', '\0', 'ᄒ', 'ᅡ', 'ᆫ', '한', 'ﷺ', '\ud835', '\udc00', 'İ', 'ß', 'Σ', '０', 'ⅷ'), {
      maxLength: 200,
    })
    .map((parts) => parts.join('')),
);

/** A few letters over and over, in a period too long to be uniform: equal grams within one window. */
const periodic = fc
  .tuple(fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', 'e'), minLength: 5, maxLength: 15 }), fc.integer({ min: 3, max: 12 }))
  .map(([piece, times]) => piece.repeat(times));

/** Few letters: uniform grams, ties and repeats come up all the time. */
export const poor = fc
  .array(fc.oneof(periodic, fc.constantFrom('a', 'b', '0', ' ', 'a'.repeat(39), 'abcabcabc', 'xyzzyx')), { maxLength: 60 })
  .map((parts) => parts.join(''));
