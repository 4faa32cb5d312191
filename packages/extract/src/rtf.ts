import { toBinaryText } from './bytes.ts';
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
const MAX_GROUPS = 2_000;
const CONTROL = /([a-zA-Z]{1,32})(-?\d{1,10})? ?/y;

type Group = { aside: boolean; object: 'pict' | 'objdata' | null; skip: number };

/** Reads RTF. Gives its pictures and embedded objects as bytes. */
export function readRtf(job: Job, path: Path, bytes: Uint8Array): Uint8Array[] {
  const rtf = toBinaryText(bytes);
  const shown = startText(job);
  const hidden = startText(job);
  const objects: Uint8Array[] = [];
  const stack: Group[] = [{ aside: false, object: null, skip: 1 }];
  let charset = 'windows-1252';
  let pending: number[] = [];
  let object: string[] = [];
  let toSkip = 0;
  let steps = 0;

  const target = (): TextBuilder => (stack[stack.length - 1]!.aside ? hidden : shown);
  function flush(): void {
    if (pending.length > 0) append(target(), decodeAs(charset, Uint8Array.from(pending)) ?? '');
    pending = [];
  }
  function write(text: string): void {
    flush();
    append(target(), text);
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

  let at = 0;
  while (at < rtf.length) {
    if (++steps % 65_536 === 0) checkTime(job);
    const unit = rtf.charCodeAt(at);
    const group = stack[stack.length - 1]!;
    if (unit === 123) {
      flush();
      if (stack.length >= MAX_GROUPS) {
        addProblem(job, path, 'too_deep');
        break;
      }
      stack.push({ ...group });
      at++;
    } else if (unit === 125) {
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
        const kept = plain.slice(toSkip);
        toSkip = Math.max(0, toSkip - plain.length);
        if (kept !== '') for (let i = 0; i < kept.length; i++) pending.push(kept.charCodeAt(i));
        flush();
      }
    }
  }
  // Text may stand behind the last brace, where no reader of RTF looks.
  const isWhole = stack.length === 1;
  while (stack.length > 1) endGroup();
  flushAfter();
  addPart(job, path, { kind: 'rtf', text: built(shown), whole: isWhole });
  addPart(job, path, { kind: 'hidden', text: built(hidden) });
  if (!isWhole) addProblem(job, path, 'broken');
  return objects;

  function flushAfter(): void {
    if (at < rtf.length) append(hidden, decodeAs('utf-8', bytes.subarray(at)) ?? '');
  }

  function readControl(from: number, group: Group): number {
    const symbol = rtf[from] ?? '';
    if (symbol === "'") {
      const code = Number.parseInt(rtf.slice(from + 1, from + 3), 16);
      if (toSkip > 0) toSkip--;
      else if (!Number.isNaN(code)) pending.push(code);
      return from + 3;
    }
    CONTROL.lastIndex = from;
    const match = CONTROL.exec(rtf);
    if (!match) {
      if (symbol === '*') group.aside = true;
      else if (symbol === '~') write('\u00a0');
      else if (symbol === '_') write('-');
      else if (symbol === '\n' || symbol === '\r') write('\n');
      else if (symbol === '\\' || symbol === '{' || symbol === '}') pending.push(symbol.charCodeAt(0));
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
      toSkip = group.skip;
    } else if (word === 'uc') group.skip = Math.max(0, Math.min(number ?? 1, 10));
    else if (word === 'ansicpg' && number !== undefined) charset = CODE_PAGES.get(number) ?? `windows-${number}`;
    else if (word === 'mac') charset = 'macintosh';
    else if (word === 'bin' && number !== undefined && number > 0) {
      const stop = Math.min(rtf.length, end + number);
      objects.push(bytes.subarray(end, stop));
      return stop;
    } else if (word === 'pict' || word === 'objdata') group.object = word;
    else if (ASIDE.has(word)) group.aside = true;
    else if (word === 'shptxt' || word === 'footnote' || word === 'annotation' || word === 'fldrslt') group.aside = false;
    return end;
  }
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
