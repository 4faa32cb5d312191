import { z } from 'zod';
import { openFile } from './files.ts';
import { CliError } from './io.ts';

const MOST_BYTES = 256 * 2 ** 20;

const Count = z.int().min(0);
const HashHex = z.string().regex(/^[0-9a-f]{64}$/);
const Proved = z.object({ index: Count, size: Count, leaf: z.string(), proof: z.array(HashHex), note: z.string(), verifier: z.string().optional() });
const Grown = z.object({ from: Count, size: Count, proof: z.array(HashHex), note: z.string(), verifier: z.string().optional() });
const Signed = z.object({ size: Count.optional(), root: HashHex.optional(), note: z.string(), verifier: z.string().optional() });
const Listed = z.strictObject({
  index: Count.nullish(),
  leaf: z.string(),
  digest: HashHex.optional(),
  id: z.string().optional(),
  type: z.string().optional(),
  at: z.string().optional(),
  actor: z.string().optional(),
  state: z.string().optional(),
  /** Nobody signed these: they are what ids were called when the list was asked for. */
  actorName: z.unknown(),
  names: z.unknown(),
});

export type Proved = z.infer<typeof Proved>;
export type Grown = z.infer<typeof Grown>;
export type Signed = z.infer<typeof Signed>;
export type Listed = z.infer<typeof Listed>;

/** What the Ledger page and the operations of `evidence` give out, as it was read: nothing of it is believed. */
export type Given =
  | { readonly file: string; readonly kind: 'proof'; readonly it: Proved }
  | { readonly file: string; readonly kind: 'consistency'; readonly it: Grown }
  | { readonly file: string; readonly kind: 'checkpoint'; readonly it: Signed }
  | { readonly file: string; readonly kind: 'entries'; readonly it: readonly Listed[] }
  /** It has the members of one of these, but not their form. */
  | { readonly file: string; readonly kind: 'damaged'; readonly it: string };

/** Throws where a file cannot be read, or is nothing of ours. */
export async function readGiven(file: string): Promise<Given> {
  const text = await readText(file);
  if (!/^\s*[[{]/.test(text)) {
    if (!text.includes('\n\n\u2014 ')) throw notOurs(file);
    return { file, kind: 'checkpoint', it: { note: text } };
  }
  return recognise(file, parseJson(text));
}

async function readText(file: string): Promise<string> {
  const handle = await openFile(file);
  try {
    if ((await handle.stat()).size > MOST_BYTES) throw new CliError('usage', `Cannot verify "${file}": it is longer than ${MOST_BYTES / 2 ** 20} MiB`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** One value, or one on each line; undefined where it is neither. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    try {
      return text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as unknown);
    } catch {
      return undefined;
    }
  }
}

function recognise(file: string, value: unknown): Given {
  if (Array.isArray(value)) {
    // Pages of the list, or their entries, one on each line.
    const entries = value.flatMap((one) => (has(one, 'items') && Array.isArray(one['items']) ? (one['items'] as unknown[]) : [one]));
    if (entries.length === 0 || !entries.every((one) => has(one, 'leaf'))) throw notOurs(file);
    return asKind(file, z.array(Listed).safeParse(entries), (it) => ({ file, kind: 'entries', it }));
  }
  if (has(value, 'items')) return recognise(file, [value]);
  if (has(value, 'leaf') && has(value, 'proof')) return asKind(file, Proved.safeParse(value), (it) => ({ file, kind: 'proof', it }));
  if (has(value, 'from') && has(value, 'proof')) return asKind(file, Grown.safeParse(value), (it) => ({ file, kind: 'consistency', it }));
  if (has(value, 'leaf')) return recognise(file, [value]);
  if (has(value, 'note')) return asKind(file, Signed.safeParse(value), (it) => ({ file, kind: 'checkpoint', it }));
  if (has(value, 'error')) throw new CliError('usage', `Cannot verify "${file}": it is an error that the server answered with`, 'Ask for it again.');
  throw notOurs(file);
}

function asKind<T>(file: string, parsed: z.ZodSafeParseResult<T>, as: (it: T) => Given): Given {
  if (parsed.success) return as(parsed.data);
  const issue = parsed.error.issues[0];
  if (issue?.code === 'unrecognized_keys') return { file, kind: 'damaged', it: `"${issue.keys[0]}" is nothing that the ledger gives out` };
  const at = issue?.path.join('.') ?? '';
  return { file, kind: 'damaged', it: `"${at}" is missing, or not of its form` };
}

function has(value: unknown, name: string): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name);
}

function notOurs(file: string): CliError {
  return new CliError(
    'usage',
    `Cannot verify "${file}": it is neither a proof, nor an entry, nor a checkpoint`,
    'Give what the Ledger page downloads, whole; docs/verify.md tells the forms.',
  );
}
