import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { access } from '#features/access/contract.ts';
import { guard } from '#features/guard/contract.ts';
import { register } from '#features/register/contract.ts';
import { vault } from '#features/vault/contract.ts';
import { createVaultBytes } from '#features/vault/server/index.ts';
import type { TestHouse, TestPerson } from './house.ts';

export interface Wording {
  readonly codeName: string;
  readonly title: string;
  readonly unit: string;
  readonly contributor: string;
  readonly heading: string;
  readonly text: string;
  readonly fileName: string;
  readonly content: string;
  readonly reason: string;
}
export const PLAIN: Wording = {
  codeName: 'KESTREL',
  title: 'Curing of the low-noise blade',
  unit: 'Blades',
  contributor: 'Ola Nordmann',
  heading: 'Curing curve',
  text: 'Hold the part at 121 degrees for 95 minutes, then fall by two degrees a minute until it can be touched.',
  fileName: 'curing-curve.txt',
  content: 'Hold the part at 121 degrees for 95 minutes, then fall by two degrees a minute until it can be touched. '.repeat(8),
  reason: 'Works on the curing of blades',
};

/** One of every kind of thing that the gate decides about, made through the operations: a secret with element, document, version, upload under way, grant and match. */
export async function makeMaterial(house: TestHouse, { owner, guest }: { owner: TestPerson; guest: TestPerson }, wording: Wording = PLAIN) {
  const { secretId } = await owner.on(register).enter({
    codeName: wording.codeName,
    title: wording.title,
    tier: 2,
    ownerId: owner.id as never,
    unit: wording.unit,
    contributors: [wording.contributor],
    elements: [{ heading: wording.heading, text: wording.text }],
    storedIn: ['NO'],
    usedIn: ['DE'],
  });
  const sheet = await owner.on(register).show({ secretId });
  const { grantId } = await owner.on(access).grant({ secretId, personId: guest.id as never, reason: wording.reason, until: '2027-06-01T00:00:00.000Z' });
  const bytes = Buffer.from(wording.content);
  const stored = await store(house, owner, { secretId, name: wording.fileName, bytes });
  const { uploadId } = await owner.on(vault).begin({ secretId, name: wording.fileName, bytes: bytes.length });
  await house.settle();
  const inspection = await owner.on(guard).inspect({ text: wording.content, exit: 'page' });
  const ids: Readonly<Record<string, string>> = {
    sec: secretId,
    elm: sheet.elements[0]!.id,
    grt: grantId,
    doc: stored.documentId,
    ver: stored.versionId,
    upl: uploadId,
    ins: inspection.id,
  };
  return { secretId, elementId: sheet.elements[0]!.id, grantId, uploadId, inspection, ...stored, ids };
}

interface Storing {
  readonly secretId: string;
  readonly name: string;
  readonly bytes: Buffer;
  /** Of which it is the next version. */
  readonly documentId?: string;
}
/** Stores a document as a client does: begin, bytes for a ticket, finish. */
export async function store(house: TestHouse, person: TestPerson, { bytes, ...about }: Storing) {
  const { uploadId, put } = await person.on(vault).begin({ ...about, bytes: bytes.length } as never);
  await createVaultBytes(house.services).put({ body: bodyOf(bytes), headers: {}, ticket: put.ticket, actor: person.actor, again: async () => person.actor });
  return person.on(vault).finish({ uploadId, digest: createHash('sha256').update(bytes).digest('hex') });
}

/** A request's body, in pieces as they come from a socket. */
export function bodyOf(bytes: Buffer, piece = 1 << 16): IncomingMessage {
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, i) => bytes.subarray(i * piece, (i + 1) * piece));
  return Readable.from(pieces, { objectMode: false }) as unknown as IncomingMessage;
}
