import {
  ED25519,
  ed25519Verifier,
  leafHash,
  LedgerError,
  openCheckpoint,
  parseCheckpoint,
  parseVkey,
  readEntry,
  rootHash,
  verifyConsistency,
  verifyInclusion,
} from '@underseal/ledger';
import type { Entry } from '@underseal/ledger';
import { sha256, verifyEd25519 } from '#platform/server/ledger/hash.ts';
import { openFile } from './files.ts';
import { CliError, printable, writeJson, type Common, type Io } from './io.ts';
import { readGiven, type Given, type Listed } from './verify-files.ts';

export interface VerifyOptions extends Common {
  readonly checkpoint?: readonly string[];
  readonly key?: string;
}
type State = 'holds' | 'fails' | 'unknown';
/** One thing that was looked at. */
interface Finding {
  readonly file: string;
  readonly state: State;
  readonly says: string;
}
interface Tree {
  readonly file: string;
  readonly size: number;
  readonly root: Uint8Array;
}
/** What is gathered while one file after the other is looked at. */
interface Work {
  /** The key that was given beside the files: only this one says whose ledger it is. */
  readonly key: string | undefined;
  readonly findings: Finding[];
  readonly trees: Tree[];
  readonly entries: { readonly file: string; readonly index: number; readonly hash: Uint8Array }[];
  /** Sizes of which the smaller was shown to be the beginning of the larger. */
  readonly links: [number, number][];
}
const EXIT: Readonly<Record<State, number>> = { holds: 0, fails: 1, unknown: 2 };

/** Checks what the ledger gave out, without the ledger: no server, no session, no network. */
export async function verify(io: Io, files: readonly string[], { checkpoint = [], key, json }: VerifyOptions): Promise<number> {
  const given: Given[] = [];
  for (const file of files) given.push(await readGiven(file));
  for (const file of checkpoint) given.push(await readCheckpoint(file));
  const work: Work = { key: key === undefined ? undefined : await readKey(key), findings: [], trees: [], entries: [], links: [] };
  const opened = new Map<Given, Tree | undefined>();
  for (const one of given) opened.set(one, await openTree(work, one));
  for (const one of given) {
    if (one.kind === 'damaged') add(work, one.file, 'fails', `The file is damaged: ${one.it}.`);
    if (one.kind === 'proof') lookAtProof(work, one, opened.get(one));
    if (one.kind === 'entries') for (const entry of one.it) lookAtEntry(work, one.file, entry);
    if (one.kind === 'entries' && one.it.some(({ actorName, names }) => actorName !== undefined || names !== undefined)) tellNames(work, one.file);
    if (one.kind === 'consistency') lookAtGrowth(work, one, opened.get(one));
  }
  lookAtWhole(work);
  compareTrees(work);
  if (work.key === undefined && work.trees.length > 0) tellKeyMissing(work, given);
  return tell(io, work, json === true);
}

async function readCheckpoint(file: string): Promise<Given> {
  const given = await readGiven(file);
  if (given.kind === 'checkpoint' || given.kind === 'damaged') return given;
  throw new CliError('usage', `Cannot take "${file}" for a checkpoint: it is another file of the ledger`, 'Name it without --checkpoint.');
}

/** The key itself, or a file that holds it. */
async function readKey(given: string): Promise<string> {
  let key = given.trim();
  if (!/^[^+\s]+\+[0-9a-f]{8}\+\S+$/.test(key)) {
    const handle = await openFile(given);
    try {
      key = (await handle.stat()).size > 4096 ? '' : (await handle.readFile('utf8')).trim();
    } finally {
      await handle.close();
    }
  }
  if (isLogKey(key)) return key;
  throw new CliError('usage', 'Cannot use this key: it is mistyped, or none', 'It looks like NAME+1a2b3c4d+BASE64, on one line. The Ledger page shows it.');
}

/** A witness's key will not do: it says nothing of whose the ledger is. */
function isLogKey(key: string): boolean {
  try {
    return parseVkey(sha256, key).type === ED25519;
  } catch {
    return false;
  }
}

/** The tree that a file speaks of, signed by the key that was given, else by the one that the file names. Undefined where nothing of it may be used. */
async function openTree(work: Work, given: Given): Promise<Tree | undefined> {
  if (given.kind === 'entries' || given.kind === 'damaged') return undefined;
  const { file, it } = given;
  if (work.key !== undefined && it.verifier !== undefined && it.verifier !== work.key) add(work, file, 'fails', 'It names another key than the one you gave.');
  const key = work.key ?? it.verifier;
  try {
    const { size, root, origin } =
      key === undefined ? readUnsigned(it.note) : await openCheckpoint(it.note, { log: ed25519Verifier(sha256, key, verifyEd25519) });
    if (it.size !== undefined && it.size !== size) return refuse(work, file, `It tells of ${it.size} entries, its checkpoint of ${size}.`);
    if (given.kind === 'checkpoint' && given.it.root !== undefined && given.it.root !== hex(root))
      return refuse(work, file, 'Its root is not the one of its checkpoint.');
    if (key === undefined) add(work, file, 'unknown', `Checkpoint of ${entriesOf(size)}: its signature was not checked, without a key.`);
    else
      add(
        work,
        file,
        'holds',
        `Checkpoint of ${entriesOf(size)}, signed by ${origin}${work.key === undefined ? ' with the key that the file names' : ' with the key you gave'}.`,
      );
    const tree = { file, size, root };
    work.trees.push(tree);
    return tree;
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return refuse(work, file, SIGNATURE_WORDS[error.code] ?? `Its checkpoint cannot be read: ${error.message.replace(/^.*?: /, '')}.`);
  }
}
const SIGNATURE_WORDS: Readonly<Record<string, string>> = {
  signature_invalid: 'The signature of its checkpoint does not hold: text or signature was changed.',
  signature_missing: 'Its checkpoint is not signed by this key: it is of another ledger, or was changed.',
  origin_differs: 'Its checkpoint is of another ledger than the key.',
  key_malformed: 'The key that it names is damaged.',
};

function readUnsigned(note: string): { size: number; root: Uint8Array; origin: string } {
  const end = note.indexOf('\n\n');
  return parseCheckpoint(note.slice(0, end < 0 ? note.length : end + 1));
}

function lookAtProof(work: Work, { file, it }: Given & { kind: 'proof' }, tree: Tree | undefined): void {
  if (!tree) return;
  const hash = leafHash(sha256, new TextEncoder().encode(it.leaf));
  const { ok } = verifyInclusion(sha256, { index: it.index, size: tree.size, root: tree.root, leafHash: hash, proof: it.proof.map(fromHex) });
  if (!ok) return refuse(work, file, `The entry does not lead to the root of the checkpoint as its entry ${it.index}: entry, place or proof was changed.`);
  add(
    work,
    file,
    'holds',
    `Entry ${it.index} of ${tree.size}: ${it.proof.length === 1 ? 'one hash leads' : `${it.proof.length} hashes lead`} from it to the root.`,
  );
  tellEntry(work, file, it.leaf);
}

/** What stands in the leaf, for who reads it in a court: all of it but commitments. */
function tellEntry(work: Work, file: string, leaf: string): void {
  const entry = entryIn(leaf);
  if (!entry) return add(work, file, 'unknown', 'The entry stands in the tree, but this version cannot read it: use a newer one.');
  const hidden = Object.keys(entry.hidden);
  const kept = hidden.length === 0 ? '' : `; hidden, as commitments: ${hidden.join(', ')}`;
  add(work, file, 'holds', `It says: ${entry.type}, ${entry.at}, ${entry.id}, ${JSON.stringify(entry.open)}${kept}.`);
}

function lookAtEntry(work: Work, file: string, { index, leaf, digest, ...told }: Listed): void {
  const hash = leafHash(sha256, new TextEncoder().encode(leaf));
  const entry = entryIn(leaf);
  const name = index === undefined || index === null ? 'An entry that waits for its place' : `Entry ${index}`;
  if (!entry) return refuse(work, file, `${name} is not as entries are written: it was changed, or this version is too old.`);
  if (digest !== undefined && digest !== hex(hash)) return refuse(work, file, `${name} does not give its digest: one of both was changed.`);
  const said = { id: entry.id, type: entry.type, at: entry.at, actor: entry.open['actor'] };
  const wrong = (['id', 'type', 'at', 'actor'] as const).find((field) => told[field] !== undefined && told[field] !== said[field]);
  if (wrong !== undefined) return refuse(work, file, `${name}: "${wrong}" beside it is not what stands in it.`);
  if (index === undefined || index === null) return add(work, file, 'unknown', `${name} (${entry.id}): it has no proof yet.`);
  work.entries.push({ file, index, hash });
}

/** Whoever reads a list reads the names first. */
function tellNames(work: Work, file: string): void {
  add(
    work,
    file,
    'holds',
    'Signed are the entries and the ids in them. "actorName" and "names" are only what these were called when the list was asked for: go by the ids.',
  );
}

function lookAtGrowth(work: Work, { file, it }: Given & { kind: 'consistency' }, tree: Tree | undefined): void {
  if (!tree) return;
  const olds = work.trees.filter(({ size }) => size === it.from);
  if (olds.length === 0) return add(work, file, 'unknown', `It begins at ${entriesOf(it.from)}: give the checkpoint of that size that you kept.`);
  for (const old of olds) {
    const claim = { oldSize: it.from, oldRoot: old.root, size: tree.size, root: tree.root, proof: it.proof.map(fromHex) };
    if (!verifyConsistency(sha256, claim).ok)
      return refuse(
        work,
        file,
        `The ledger of ${entriesOf(it.from)} is not shown to be the beginning of the one of ${tree.size}: proof or ledger was changed.`,
      );
  }
  work.links.push([it.from, tree.size]);
  add(work, file, 'holds', `The first ${entriesOf(it.from)} are the same in both: none was changed, taken out or put between.`);
}

/** Where every entry up to a checkpoint was given, they need no proof: they give its root, or they do not. */
function lookAtWhole(work: Work): void {
  if (work.entries.length === 0) return;
  const { file } = work.entries[0]!;
  const hashes: Uint8Array[] = [];
  for (const { index, hash, file: from } of work.entries) {
    if (hashes[index] && hex(hashes[index]) !== hex(hash)) return refuse(work, from, `Entry ${index} is given twice, and differs.`);
    hashes[index] = hash;
  }
  let whole = 0;
  while (hashes[whole]) whole++;
  const within = work.trees.filter(({ size }) => size > 0 && size <= whole);
  for (const { size, root } of within) {
    if (hex(rootHash(sha256, hashes.slice(0, size))) !== hex(root))
      return refuse(work, file, `The first ${entriesOf(size)} do not give the root of the checkpoint: one was changed, left out or put in.`);
    add(work, file, 'holds', `The first ${entriesOf(size)} give the root of the checkpoint: each is as it was, and none is missing.`);
  }
  for (const { size } of within) work.links.push([size, within[0]!.size]);
  const proved = Math.max(0, ...within.map(({ size }) => size));
  const loose = work.entries.filter(({ index }) => index >= proved).length;
  if (loose > 0)
    add(
      work,
      file,
      'unknown',
      `${entriesOf(loose)} ${loose === 1 ? 'gives its digest' : 'give their digests'}; only a proof, or all entries and a checkpoint, can say more.`,
    );
}

/** Two roots of one size are two ledgers; two sizes without a link may be. */
function compareTrees(work: Work): void {
  const bySize = new Map<number, Tree>();
  for (const tree of work.trees) {
    const other = bySize.get(tree.size);
    if (other && hex(other.root) !== hex(tree.root))
      add(
        work,
        tree.file,
        'fails',
        `It is signed for ${entriesOf(tree.size)} like "${other.file}", with another root: two different ledgers were shown. Keep both, they prove it.`,
      );
    bySize.set(tree.size, other ?? tree);
  }
  const sizes = [...bySize.keys()].filter((size) => size > 0).toSorted((a, b) => a - b);
  const groups = new Map(sizes.map((size) => [size, size]));
  for (const [a, b] of work.links) {
    const [from, to] = [groups.get(a), groups.get(b)];
    for (const [size, group] of groups) if (group === from && to !== undefined) groups.set(size, to);
  }
  const [first, ...rest] = sizes;
  for (const size of rest) {
    if (groups.get(size) === groups.get(first!)) continue;
    add(
      work,
      bySize.get(size)!.file,
      'unknown',
      `Whether the ledger of ${entriesOf(first!)} is the beginning of the one of ${size} is not shown: ask for evidence.consistency from ${first!}.`,
    );
  }
}

function tellKeyMissing(work: Work, given: readonly Given[]): void {
  const named = new Set(given.flatMap((one) => verifierOf(one) ?? []));
  const { file } = work.trees[0]!;
  if (named.size > 1) return add(work, file, 'fails', 'The files name different keys: they are of different ledgers, or were changed.');
  const says =
    named.size === 0
      ? 'Whose ledger it is cannot be said: give its key, by --key.'
      : `Whose ledger it is cannot be said: the key came with the file, and whoever makes such a file can make a key. Give the key as you know it from elsewhere, by --key. It should be ${[...named][0]!}`;
  add(work, file, 'unknown', says);
}

function verifierOf({ kind, it }: Given): string | undefined {
  return kind === 'entries' || kind === 'damaged' ? undefined : it.verifier;
}

function tell(io: Io, { findings }: Work, json: boolean): number {
  const verdict: State = findings.some(({ state }) => state === 'fails') ? 'fails' : findings.some(({ state }) => state === 'unknown') ? 'unknown' : 'holds';
  if (json) writeJson(io, { verdict: VERDICTS[verdict].code, findings });
  else {
    const files = [...new Set(findings.map(({ file }) => file))];
    const lines = files.flatMap((file) => [file, ...findings.filter((one) => one.file === file).map(({ state, says }) => `  ${MARKS[state]}  ${says}`)]);
    io.out(`${printable([...lines, '', VERDICTS[verdict].words].join('\n'))}\n`);
  }
  return EXIT[verdict];
}
const MARKS: Readonly<Record<State, string>> = { holds: 'holds', fails: 'FAILS', unknown: '?    ' };
const VERDICTS: Readonly<Record<State, { readonly code: string; readonly words: string }>> = {
  holds: {
    code: 'holds',
    words:
      'It holds. Whoever has this key has signed a ledger in which this stands as it does here. Whether what an entry says is true, and whether others were shown the same ledger, it does not say: docs/verify.md.',
  },
  fails: { code: 'does-not-hold', words: 'It does not hold: do not rely on it. Download it again to see whether it was damaged on its way, and keep both.' },
  unknown: { code: 'cannot-say', words: 'It cannot be said yet. Nothing contradicts, but what has a question mark is not shown.' },
};

function add({ findings }: Work, file: string, state: State, says: string): void {
  findings.push({ file, state, says });
}
function refuse(work: Work, file: string, says: string): undefined {
  add(work, file, 'fails', says);
}
function entryIn(leaf: string): Entry | undefined {
  try {
    return readEntry(new TextEncoder().encode(leaf));
  } catch {
    return undefined;
  }
}
function entriesOf(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
}
function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
function fromHex(text: string): Uint8Array {
  return Buffer.from(text, 'hex');
}
