import { randomUUID } from 'node:crypto';
import { readFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { guard } from '#features/guard/contract.ts';
import { people } from '#features/people/contract.ts';
import { register } from '#features/register/contract.ts';
import { connect, type Connection } from './connection.ts';
import { openFile } from './files.ts';
import { CliError, createProgress, megabytes, say, wantsJson, writeJson, type Common, type Io } from './io.ts';
import { uploadFile } from './upload.ts';

const POLL_MS = 400;
const LARGEST_ELEMENT_BYTES = 200_000;

export interface RegisterOptions extends Common {
  readonly title: string;
  readonly tier: number;
  readonly owner?: string;
  readonly contributor?: readonly string[];
  readonly file?: readonly string[];
  readonly element?: readonly string[];
  readonly wait: number;
}
interface Source {
  readonly path: string;
  readonly handle: FileHandle;
  readonly bytes: number;
}
interface Registered {
  readonly document: string;
  readonly path: string;
  readonly fingerprint: 'ready' | 'empty' | 'failed';
  readonly reason?: string;
}

/** Registers a secret with its documents, and answers once they can be matched. */
export async function registerSecret(io: Io, codeName: string, options: RegisterOptions): Promise<number> {
  const connection = await connect(io, options);
  // Whatever may be wrong with the files is found before anything is registered.
  const elements = await Promise.all((options.element ?? []).map(readElement));
  const sources = await openSources(options.file ?? []);
  try {
    const ownerId = await findOwner(connection, options.owner);
    const { title, tier, contributor = [] } = options;
    const entering = { codeName, title, tier, ownerId: ownerId as never, contributors: [...contributor], elements };
    const { secretId } = await connection.on(register).enter(entering, { idempotencyKey: randomUUID() });
    const stored = await storeAll({ io, connection, secretId, sources }).catch((error: unknown) => {
      say(io, `The secret is registered as ${secretId}, but not all of its files are stored:`);
      throw error;
    });
    const documents = await waitForFingerprints({ io, connection, secretId, stored, seconds: options.wait });
    for (const { path: at, fingerprint, reason } of documents)
      if (fingerprint !== 'ready') say(io, `Note: "${at}" cannot be matched: ${reason ?? 'it holds no text'}.`);
    if (wantsJson(io, options)) writeJson(io, { secret: secretId, documents });
    else
      io.out(`Registered ${codeName} as ${secretId}${documents.length > 0 ? ` with ${documents.length} document${documents.length === 1 ? '' : 's'}` : ''}.\n`);
    return 0;
  } finally {
    for (const { handle } of sources) await handle.close();
  }
}

/** `HEADING=TEXTFILE`: the heading ends at the first equals sign. */
async function readElement(given: string): Promise<{ heading: string; text: string }> {
  const [, heading, file] = /^([^=]+)=(.+)$/s.exec(given) ?? [];
  if (heading === undefined || file === undefined) throw new CliError('usage', 'Cannot read an element: give it as --element HEADING=TEXTFILE');
  const handle = await openFile(file);
  try {
    if ((await handle.stat()).size > LARGEST_ELEMENT_BYTES)
      throw new CliError('usage', `Cannot use "${file}" as an element: it is longer than 50,000 characters`, 'Store it as a document: --file');
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(handle));
    return { heading, text };
  } catch (error) {
    if (error instanceof TypeError) throw new CliError('usage', `Cannot use "${file}" as an element: it is not text in UTF-8`);
    throw error;
  } finally {
    await handle.close();
  }
}

async function openSources(files: readonly string[]): Promise<Source[]> {
  const sources: Source[] = [];
  try {
    for (const file of files) {
      const handle = await openFile(file);
      sources.push({ path: file, handle, bytes: (await handle.stat()).size });
    }
    return sources;
  } catch (error) {
    for (const { handle } of sources) await handle.close();
    throw error;
  }
}

/** A person's id as it is, a mail address by look-up, or whoever is signed in. */
async function findOwner(connection: Connection, given: string | undefined): Promise<string> {
  if (given?.startsWith('per_')) return given;
  if (given === undefined) {
    if (connection.as === 'token')
      throw new CliError('usage', 'Cannot register by a token without an owner', 'Add --owner with the id of the person who answers for the secret (per_...).');
    return (await connection.on(people).me({})).id;
  }
  const email = given.toLowerCase();
  for (let cursor: string | undefined; ;) {
    const { items, next } = await connection.on(people).list({ search: given.slice(0, 100), limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    const found = items.find((person) => person.email.toLowerCase() === email && person.active);
    if (found) return found.id;
    if (next === null) throw new CliError('usage', `Cannot find an owner with the address "${given}"`, 'Invite the person first, or give the id (per_...).');
    cursor = next;
  }
}

interface Storing {
  readonly io: Io;
  readonly connection: Connection;
  readonly secretId: string;
  readonly sources: readonly Source[];
}
async function storeAll({ io, connection, secretId, sources }: Storing): Promise<{ document: string; path: string }[]> {
  const progress = createProgress(io);
  const stored: { document: string; path: string }[] = [];
  try {
    for (const { path: at, handle, bytes } of sources) {
      const onProgress = (sent: number) => progress.show(`${at}: ${megabytes(sent)} of ${megabytes(bytes)}`);
      const { documentId } = await uploadFile({ io, connection, secretId, file: handle, path: at, name: path.basename(at), bytes, onProgress });
      stored.push({ document: documentId, path: at });
    }
    return stored;
  } finally {
    progress.clear();
  }
}

interface Waiting {
  readonly io: Io;
  readonly connection: Connection;
  readonly secretId: string;
  readonly stored: readonly { document: string; path: string }[];
  readonly seconds: number;
}
async function waitForFingerprints({ io, connection, secretId, stored, seconds }: Waiting): Promise<Registered[]> {
  const progress = createProgress(io);
  const until = performance.now() + seconds * 1000;
  try {
    for (;;) {
      const states = stored.length === 0 ? new Map<string, never>() : await listStates(connection, secretId);
      const documents = stored.map(({ document, path: at }) => ({ document, path: at, ...states.get(document) }));
      if (documents.every(({ fingerprint }) => fingerprint !== undefined)) return documents as Registered[];
      if (performance.now() > until)
        throw new CliError(
          'waited',
          `The secret ${secretId} and its documents are stored, but some cannot be matched yet after ${seconds} seconds`,
          'They will be, without you doing anything; --wait SECONDS waits longer.',
        );
      progress.show(`Waiting until ${documents.filter(({ fingerprint }) => fingerprint === undefined).length} of ${documents.length} documents can be matched`);
      await wait(POLL_MS, undefined, { signal: io.signal });
    }
  } finally {
    progress.clear();
  }
}

/** Documents that are done, by id; one that is missing is not. */
async function listStates(connection: Connection, secretId: string): Promise<Map<string, Pick<Registered, 'fingerprint' | 'reason'>>> {
  const states = new Map<string, Pick<Registered, 'fingerprint' | 'reason'>>();
  for (let cursor: string | undefined; ;) {
    const { items, next } = await connection.on(guard).fingerprints({ secretId: secretId as never, limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    for (const { document, state, reason } of items)
      if (document !== null && state !== 'pending') states.set(document, { fingerprint: state, ...(reason === null ? {} : { reason }) });
    if (next === null) return states;
    cursor = next;
  }
}
