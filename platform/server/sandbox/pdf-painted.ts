import type { getDocumentProxy, getResolvedPDFJS } from 'unpdf';

type Document = Awaited<ReturnType<typeof getDocumentProxy>>;
export type Page = Awaited<ReturnType<Document['getPage']>>;
export type Operators = Awaited<ReturnType<typeof getResolvedPDFJS>>['OPS'];

/** What a page paints, with its patterns, masks and the appearances of its annotations. */
export type Painted = { text: string; letters: number; pictures: number; pixels: number; drawings: Drawings };

/** How often each form was drawn, a form being the order of its lines and curves; how many lines and boxes there are, and how many steps the rest has. */
type Drawings = { forms: Map<number, number>; plain: number; paths: number; steps: number };

type Walk = { OPS: Operators; painted: Painted; pieces: string[]; seen: Set<unknown>; length: number };
type Operations = { fnArray: ArrayLike<number>; argsArray: ArrayLike<unknown> };

/** Pictures that are decoration each can show a passage together: this many pixels are 16 icons of 32 by 32. */
const MAX_PIXELS = 16 * 1024;
/** More small pictures than this on a page may be text cut into tiles. */
const MANY_TILES = 50;
const MANY_PATHS = 200;
const LITTLE_TEXT = 20;
const MAX_PAINTED = 16 * 1024 * 1024;
const MAX_NESTING = 8;
const MAX_FORMS = 5_000;
/**
 * Measured on pages that Chromium printed: a table of 45 rows by 12 columns has 1,405 lines and boxes and 1,615 letters; an empty one of 31 by 24 has
 * 1,907; four charts (60 bars, curves of 1,000 points, 400 markers of three sizes, a pie) have 6,574 steps in 5 forms, 6 of them beyond the three
 * most frequent. Real letters in outlines were not measured: on crafted ones, 40 forms are a logo and 200 are text.
 */
const MANY_PLAIN = 4_000;
const PLAIN_PER_LETTER = 3;
const MANY_STEPS = 12_000;
const REPEATED_FORMS = 3;
const MANY_FORMS = 60;

export async function walkPaints(page: Page, OPS: Operators): Promise<Painted> {
  const painted: Painted = { text: '', letters: 0, pictures: 0, pixels: 0, drawings: { forms: new Map(), plain: 0, paths: 0, steps: 0 } };
  const walk: Walk = { OPS, painted, pieces: [], seen: new Set(), length: 0 };
  // `any`: annotations that are only printed, or only seen, are painted too.
  walkOperations(await page.getOperatorList({ intent: 'any' }), walk, 0);
  painted.text = walk.pieces.join('');
  return painted;
}

/** True if pictures or drawings of the page may show a passage. */
export function mayShowText({ letters, pictures, pixels, drawings }: Painted): boolean {
  if (pictures > MANY_TILES || pixels > MAX_PIXELS) return true;
  return (drawings.paths > MANY_PATHS && letters < LITTLE_TEXT) || isOutlined(drawings, letters);
}

/** Letters drawn as outlines have many forms, none of which is most of them; a chart repeats few, and its curves are few and long. */
function isOutlined({ forms, plain, steps }: Drawings, letters: number): boolean {
  const counts = [...forms.values()].sort((a, b) => b - a);
  const varied = counts.slice(REPEATED_FORMS).reduce((sum, count) => sum + count, 0);
  return varied > MANY_FORMS || steps > MANY_STEPS || plain > MANY_PLAIN + PLAIN_PER_LETTER * letters;
}

function walkOperations({ fnArray, argsArray }: Operations, walk: Walk, depth: number): void {
  const { OPS } = walk;
  for (let i = 0; i < fnArray.length; i++) {
    const operator = fnArray[i]!;
    const args = (argsArray[i] ?? []) as unknown[];
    if (operator === OPS.showText) addGlyphs(walk, args[0]);
    else if (operator === OPS.endText || operator === OPS.endAnnotation) addText(walk, '\n');
    else if (operator === OPS.constructPath) addPath(walk.painted.drawings, (args[1] as unknown[] | undefined)?.[0]);
    else if (operator === OPS.setFillColorN || operator === OPS.setStrokeColorN) walkPattern(walk, args, depth);
    else addPictures(walk, operator, args);
  }
}

/** The cell of a tiling pattern has operations of its own. */
function walkPattern(walk: Walk, [kind, , cell]: unknown[], depth: number): void {
  const operations = cell as Operations | undefined;
  if (kind !== 'TilingPattern' || operations?.fnArray === undefined || depth >= MAX_NESTING || walk.seen.has(operations.fnArray)) return;
  walk.seen.add(operations.fnArray);
  walkOperations(operations, walk, depth + 1);
  addText(walk, '\n');
}

function addGlyphs(walk: Walk, glyphs: unknown): void {
  for (const glyph of Array.isArray(glyphs) ? (glyphs as unknown[]) : []) {
    // A number moves on; a wide move is how many programs write a space.
    if (typeof glyph === 'number') addText(walk, glyph < -200 ? ' ' : '');
    else addText(walk, String((glyph as { unicode?: unknown } | null)?.unicode ?? ''));
  }
}

function addText(walk: Walk, text: string): void {
  if (text === '' || walk.length > MAX_PAINTED) return;
  walk.pieces.push(text);
  walk.length += text.length;
  if (text.trim() !== '') walk.painted.letters++;
}

function addPictures({ OPS, painted, seen }: Walk, operator: number, args: unknown[]): void {
  if (operator === OPS.paintImageXObject || operator === OPS.paintImageXObjectRepeat) {
    painted.pictures += operator === OPS.paintImageXObject ? 1 : lengthOf(args[3]) / 2;
    // The same picture again shows nothing new.
    if (seen.has(args[0])) return;
    seen.add(args[0]);
    if (operator === OPS.paintImageXObject) painted.pixels += area(args[1], args[2]);
  } else if (operator === OPS.paintInlineImageXObject || operator === OPS.paintImageMaskXObject) addPicture(painted, args[0]);
  else if (operator === OPS.paintImageMaskXObjectRepeat) {
    addPicture(painted, args[0]);
    painted.pictures += lengthOf(args[5]) / 2;
  } else if (operator === OPS.paintInlineImageXObjectGroup) {
    addPicture(painted, args[0]);
    painted.pictures += lengthOf(args[1]);
  } else if (operator === OPS.paintImageMaskXObjectGroup) for (const image of Array.isArray(args[0]) ? args[0] : []) addPicture(painted, image);
}

function addPicture(painted: Painted, image: unknown): void {
  const { width, height } = (image ?? {}) as { width?: unknown; height?: unknown };
  painted.pictures++;
  painted.pixels += area(width, height);
}

function area(width: unknown, height: unknown): number {
  return typeof width === 'number' && typeof height === 'number' ? width * height : 0;
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) || ArrayBuffer.isView(value) ? (value as unknown as { length: number }).length : 1;
}

/** Numbers that follow each step of a path of pdf.js: move, line, curve, quadratic curve, close. */
const STEPS = [2, 2, 6, 4, 0];
const MOVE = 0;
const LINE = 1;
const CLOSE = 4;

function addPath(drawings: Drawings, path: unknown): void {
  drawings.paths++;
  if (!(path instanceof Float32Array)) return;
  let form = startForm();
  for (let at = 0; at < path.length;) {
    const step = path[at]!;
    if (step === MOVE) {
      addForm(drawings, form);
      form = startForm();
    } else if (step !== CLOSE) {
      form.steps++;
      form.lines += step === LINE ? 1 : 0;
      form.sign = (Math.imul(form.sign, 31) + step) | 0;
    }
    at += 1 + (STEPS[step] ?? 0);
  }
  addForm(drawings, form);
}

type Form = { steps: number; lines: number; sign: number };

function startForm(): Form {
  return { steps: 0, lines: 0, sign: 7 };
}

function addForm(drawings: Drawings, { steps, lines, sign }: Form): void {
  if (steps === 0) return;
  drawings.steps += steps;
  // A rule, a box, an arrow's shaft.
  if (lines === steps && steps <= 4) drawings.plain++;
  else if (drawings.forms.has(sign) || drawings.forms.size < MAX_FORMS) drawings.forms.set(sign, (drawings.forms.get(sign) ?? 0) + 1);
}
