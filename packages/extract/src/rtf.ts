import { afterBlank, toBinaryText } from './bytes.ts';
import { codePoint, decodeAs } from './charset.ts';
import { addPart, addProblem, append, built, checkTime, startText, type Job, type Path, type TextBuilder } from './job.ts';

/** Destinations that show nothing. Their text is kept apart. */
const ASIDE = new Set(
  (
    'fonttbl colortbl stylesheet listtable listoverridetable rsidtbl generator info themedata colorschememapping latentstyles datastore xmlnstbl revtbl pgptbl template ' +
    'mmathPr wgrffmtfilter fldinst bkmkstart bkmkend datafield filetbl falt panose title author subject keywords comment operator company doccomm'
  ).split(' '),
);
const BREAKS = new Map([
  ['par', '\n'],
  ['line', '\n'],
  ['row', '\n'],
  ['sect', '\n'],
  ['page', '\n'],
  ['tab', '\t'],
  ['cell', '\t'],
  ['emdash', '—'],
  ['endash', '–'],
  ['lquote', '‘'],
  ['rquote', '’'],
  ['ldblquote', '“'],
  ['rdblquote', '”'],
  ['bullet', '•'],
  ['emspace', ' '],
  ['enspace', ' '],
]);
const CODE_PAGES = new Map([
  [932, 'shift_jis'],
  [936, 'gbk'],
  [949, 'euc-kr'],
  [950, 'big5'],
  [10000, 'macintosh'],
  [65001, 'utf-8'],
  [866, 'ibm866'],
  [20866, 'koi8-r'],
]);
/** The charset of a font, as `\\fcharset` numbers it. Of the others (1 default, 2 symbols, 130, 255) nothing is known. */
const FONT_CHARSETS = new Map([
  [0, 'windows-1252'],
  [77, 'macintosh'],
  [128, 'shift_jis'],
  [129, 'euc-kr'],
  [134, 'gbk'],
  [136, 'big5'],
  [161, 'windows-1253'],
  [162, 'windows-1254'],
  [163, 'windows-1258'],
  [177, 'windows-1255'],
  [178, 'windows-1256'],
  [186, 'windows-1257'],
  [204, 'windows-1251'],
  [222, 'windows-874'],
  [238, 'windows-1250'],
]);
const NOT_ASCII = /[\x80-\xff]/;
const MAX_GROUPS = 2_000;
const MAX_FONTS = 10_000;
const MAX_SKIP = 65_535;
const FORMATS = new Set(['f', 'deff', 'v', 'deleted', 'plain', 'fcharset', 'cpg']);
const CONTROL = /([a-zA-Z]{1,32})(-?\d{1,10})? ?/y;

type Group = {
  aside: boolean;
  object: 'pict' | 'objdata' | null;
  skip: number;
  font: number | null;
  isFonts: boolean;
  /** Hidden by `\v`, or deleted and only kept for review. */
  unseen: boolean;
};

/**
 * One way in which readers see the shown text. They differ in whether a control word counts among the letters that a `\u` skips, in what they show of
 * hidden runs, and in whose charset they decode by. The first is the text; another is kept if it says something else.
 */
type View = {
  readonly text: TextBuilder;
  readonly countsWords: boolean;
  readonly showsUnseen: boolean;
  readonly byFont: boolean;
  pending: number[];
  toSkip: number;
  differs: boolean;
};

/** Reads RTF. Gives its pictures and embedded objects as bytes. */
export function readRtf(job: Job, path: Path, bytes: Uint8Array): Uint8Array[] {
  const rtf = toBinaryText(bytes);
  const hidden = startText(job);
  const view = (how: Pick<View, 'countsWords' | 'showsUnseen' | 'byFont'>): View => ({
    ...how,
    text: startText(job),
    pending: [],
    toSkip: 0,
    differs: false,
  });
  const views = [
    view({ countsWords: false, showsUnseen: true, byFont: true }),
    view({ countsWords: true, showsUnseen: false, byFont: true }),
    view({ countsWords: false, showsUnseen: false, byFont: true }),
    view({ countsWords: true, showsUnseen: true, byFont: false }),
  ];
  const objects: Uint8Array[] = [];
  const stack: Group[] = [{ aside: false, object: null, skip: 1, font: null, isFonts: false, unseen: false }];
  const fonts = new Map<number, string>();
  let charset = 'windows-1252';
  let defaultFont: number | null = null;
  let object: string[] = [];
  let steps = 0;

  function flush(): void {
    if (views.every(({ pending }) => pending.length === 0)) return;
    const group = stack.at(-1)!;
    const byFont = fonts.get(group.font ?? defaultFont ?? -1) ?? charset;
    for (const one of views) {
      if (one.pending.length === 0) continue;
      const units = Uint8Array.from(one.pending);
      one.pending.length = 0;
      if (one === views[0] || !group.aside) emit(one, decode(one.byFont ? byFont : charset, units));
      if (!one.byFont && charset !== byFont && units.some((unit) => unit > 127)) one.differs = true;
    }
  }
  function emit(one: View, text: string): void {
    const group = stack.at(-1)!;
    if (group.aside) {
      if (one === views[0]) append(hidden, text);
    } else if (one.showsUnseen || !group.unseen) append(one.text, text);
    else one.differs ||= /\S/.test(text);
  }
  function write(text: string): void {
    flush();
    for (const one of views) emit(one, text);
  }
  /** Whether a view passes over something that stands for one letter. */
  function skipsOne(one: View): boolean {
    if (one.toSkip > 0) one.toSkip--;
    else return false;
    return true;
  }
  /** By the specification a brace ends what is skipped. */
  function endSkip(): void {
    flush();
    for (const one of views) one.toSkip = 0;
  }
  function endGroup(): void {
    flush();
    const group = stack.pop()!;
    if (group.object !== null && stack.at(-1)?.object === null) {
      objects.push(fromHex(object.join('')));
      object = [];
    }
    if (group.aside) append(hidden, '\n');
  }

  let at = afterBlank(bytes);
  while (at < rtf.length) {
    if (++steps % 65_536 === 0) checkTime(job);
    const unit = rtf.charCodeAt(at);
    const group = stack[stack.length - 1]!;
    if (unit === 123) {
      endSkip();
      if (stack.length >= MAX_GROUPS) {
        addProblem(job, path, 'too_deep');
        break;
      }
      stack.push({ ...group });
      at++;
    } else if (unit === 125) {
      endSkip();
      endGroup();
      at++;
      if (stack.length <= 1) break;
    } else if (unit === 92) {
      at = readControl(at + 1, group);
    } else {
      const end = endOfPlain(rtf, at);
      const plain = rtf.slice(at, end).replace(/[\r\n]+/g, '');
      at = end;
      if (group.object !== null) object.push(plain);
      else {
        const isAscii = !NOT_ASCII.test(plain);
        for (const one of views) {
          // No charset has a letter of ASCII anywhere else, but one may end a letter of two bytes.
          if (isAscii && one.pending.length === 0) emit(one, plain.slice(one.toSkip));
          else for (let i = one.toSkip; i < plain.length; i++) one.pending.push(plain.charCodeAt(i));
          one.toSkip = Math.max(0, one.toSkip - plain.length);
        }
        flush();
      }
    }
  }
  // Text may stand behind the last brace, where no reader of RTF looks.
  const isWhole = stack.length === 1;
  while (stack.length > 1) endGroup();
  flushAfter();
  const [shown, ...others] = views.map((one) => ({ text: built(one.text), differs: one.differs }));
  addPart(job, path, { kind: 'rtf', text: shown!.text, whole: isWhole });
  addPart(job, path, { kind: 'hidden', text: built(hidden) });
  const told = new Set([shown!.text]);
  for (const { text, differs } of others) {
    if (differs && !told.has(text)) addPart(job, path, { kind: 'guess', text });
    told.add(text);
  }
  if (!isWhole) addProblem(job, path, 'broken');
  return objects;

  function flushAfter(): void {
    if (at < rtf.length) append(hidden, decodeAs('utf-8', bytes.subarray(at)) ?? '');
  }

  function readControl(from: number, group: Group): number {
    const symbol = rtf[from] ?? '';
    if (symbol === "'") {
      const code = Number.parseInt(rtf.slice(from + 1, from + 3), 16);
      for (const one of views) if (!skipsOne(one) && !Number.isNaN(code)) one.pending.push(code);
      return from + 3;
    }
    CONTROL.lastIndex = from;
    const match = CONTROL.exec(rtf);
    if (match?.[1] !== 'u' && match?.[1] !== 'uc') for (const one of views) if (one.countsWords && skipsOne(one)) one.differs = true;
    if (!match) {
      if (symbol === '*') group.aside = true;
      else if (symbol === '~') write('\u00a0');
      else if (symbol === '_') write('-');
      else if (symbol === '\n' || symbol === '\r') write('\n');
      else if (symbol === '\\' || symbol === '{' || symbol === '}') for (const one of views) one.pending.push(symbol.charCodeAt(0));
      return from + 1;
    }
    const end = from + match[0].length;
    const number = match[2] === undefined ? undefined : Number(match[2]);
    return obey(match[1]!, number, { group, end });
  }

  function obey(word: string, number: number | undefined, place: { group: Group; end: number }): number {
    const { group, end } = place;
    const breaks = BREAKS.get(word);
    if (breaks !== undefined) write(breaks);
    else if (word === 'u' && number !== undefined) {
      write(codeUnit(number));
      for (const one of views) one.toSkip = group.skip;
    } else if (word === 'uc') group.skip = Math.max(0, Math.min(number ?? 1, MAX_SKIP));
    else if (word === 'ansicpg' && number !== undefined) charset = CODE_PAGES.get(number) ?? `windows-${number}`;
    else if (word === 'mac') charset = 'macintosh';
    else if (word === 'bin' && number !== undefined && number > 0) {
      const stop = Math.min(rtf.length, end + number);
      objects.push(bytes.subarray(end, stop));
      return stop;
    } else if (word === 'pict' || word === 'objdata') group.object = word;
    else if (FORMATS.has(word)) format(word, number, group);
    else if (ASIDE.has(word)) {
      group.aside = true;
      if (word === 'fonttbl') group.isFonts = true;
    } else if (word === 'shptxt' || word === 'footnote' || word === 'annotation' || word === 'fldrslt') group.aside = false;
    return end;
  }

  function format(word: string, number: number | undefined, group: Group): void {
    flush();
    if (word === 'f') group.font = number ?? 0;
    else if (word === 'deff') defaultFont = number ?? 0;
    else if (word === 'v' || word === 'deleted') group.unseen = number !== 0;
    else if (word === 'plain') Object.assign(group, { font: null, unseen: false });
    else if (group.isFonts && group.font !== null && number !== undefined && fonts.size < MAX_FONTS) {
      const named = word === 'fcharset' ? FONT_CHARSETS.get(number) : (CODE_PAGES.get(number) ?? `windows-${number}`);
      if (named !== undefined) fonts.set(group.font, named);
    }
  }
}

/** The text of bytes; under a charset that nobody knows, letters are still letters. */
function decode(charset: string, units: Uint8Array): string {
  return decodeAs(charset, units) ?? decodeAs('windows-1252', units) ?? '';
}

/** `\u` gives UTF-16 units, signed: the halves of a pair come one after the other. */
function codeUnit(number: number): string {
  const unit = number < 0 ? number + 65_536 : number;
  return unit >= 0xd800 && unit < 0xe000 ? String.fromCharCode(unit) : codePoint(unit);
}

function endOfPlain(rtf: string, from: number): number {
  let at = from + 1;
  while (at < rtf.length) {
    const unit = rtf.charCodeAt(at);
    if (unit === 92 || unit === 123 || unit === 125) break;
    at++;
  }
  return at;
}

function fromHex(text: string): Uint8Array {
  const digits = text.replace(/[^0-9a-fA-F]/g, '');
  const bytes = new Uint8Array(digits.length >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
