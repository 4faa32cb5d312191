/**
 * Look-alikes of a Latin letter or digit, by their lower case. A letter and its capital always fold alike, else a Russian or Greek text in capitals
 * would be another text; where the two look like different Latin letters (nu, eta, upsilon) the one more used in disguises decides.
 * Compiled by eye from the shapes, after the idea of Unicode TR39. ASCII is never remapped: 0 and O, 1 and l stay apart.
 */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  a: 'аαɑᴀⲁꓮꭺ⍺ɐ',
  b: 'вьβƅʙᏼⲃꓐɓѣ',
  c: 'сϲᴄⲥꮯꓚↄƈ',
  d: 'ԁᴅđꭰꓓɖɗ',
  e: 'еεєᴇⲉꭼꓰɛ℮ҽɘəǝ',
  f: 'ƒꜰꓝϝẝ',
  g: 'ɡɢցԍꮐꓖɠ',
  h: 'нηһʜհħⲏꮋꓧћɦ',
  i: 'іιıɩɪⲓꓲꭵ⍳ɨ',
  j: 'јϳᴊյꭻꓙ',
  k: 'кκᴋⲕꮶꓗƙқ',
  l: 'ӏʟłլꮮꓡɫƚⳑ',
  m: 'мμᴍⲙꮇꓟɱ',
  n: 'ոɴⲛꓠɳɲƞŋ',
  o: 'оοօᴏⲟꓳøɵⲑ',
  p: 'рρᴘⲣꮲꓑƿ⍴',
  q: 'ԛզɋʠ',
  r: 'гʀɾꮢꓣɽⲅ',
  s: 'ѕꜱտꮪꓢʂ',
  t: 'тτᴛⲧꭲꓔŧʈ',
  u: 'υսᴜꓴʊʋ',
  v: 'νѵᴠꮩꓦ',
  w: 'ωԝѡաᴡꮃꓪɯ⍵ⲱ',
  x: 'хχⲭꓫ',
  y: 'уγүʏⲩꮍꓬƴɣұ',
  z: 'ζᴢⲍꮓꓜʐƶ',
  3: 'зʒȝɜӡ',
  6: 'ⳓ',
};

const PLANES: readonly (readonly [number, number])[] = [
  [0x1f150, 26],
  [0x1f170, 26],
  [0x1f1e6, 26],
];

function compile(): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const [plain, others] of Object.entries(LOOK_ALIKES)) for (const other of others) map.set(other, plain);
  for (const [start, count] of PLANES) {
    for (let i = 0; i < count; i++) map.set(String.fromCodePoint(start + i), String.fromCharCode(97 + i));
  }
  return map;
}

/** What a lower-case character without marks stands for, where it only looks like a Latin one. */
export const confusables: ReadonlyMap<string, string> = compile();
