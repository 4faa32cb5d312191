import type { PersonId, SecretId } from '@underseal/contract';
import { z } from 'zod';
import { ALTERED, type Standing } from '#features/people/server/index.ts';
import type { Tx } from '#platform/server/db.ts';
import { sealHolds } from '#platform/server/seals.ts';
import type { Services } from '#platform/server/services.ts';
import { registerFailures } from '../contract.ts';
import { contextOf } from './rules.ts';
import { findDescriptions, findElement, findHeadings, type Owned, type SecretRecord } from './store.ts';

/** The text of an element, for the guard, which fingerprints it. */
export async function readElement(services: Services, elementId: string): Promise<{ secretId: string; number: number; text: string }> {
  const element = await findElement(services.db, elementId);
  if (!element) throw registerFailures.elementMissing('Cannot find this element');
  return { secretId: element.secret_id, number: element.number, text: openElement(services, element).text };
}
/** Headings of elements, by id; of one whose row is not of the secret that is named, none. Whoever asks answers for telling them only to those who may know. */
export async function listHeadings(services: Services, tx: Tx, elements: readonly { id: string; secretId: string }[]): Promise<[string, string][]> {
  const secretOf = new Map(elements.map(({ id, secretId }) => [id, secretId]));
  const rows = await findHeadings(tx, [...secretOf.keys()]);
  return rows
    .filter((row) => row.secret_id === secretOf.get(row.id))
    .map((row) => [row.id, services.keys.openText('register', contextOf.heading(row.secret_id, row.id), row.heading_sealed)]);
}
/** Tier and code name of secrets. Whoever asks answers for telling them only to those who may know. */
export async function describeSecrets(services: Services, tx: Tx, ids: readonly string[]): Promise<Map<string, { tier: number; codeName: string }>> {
  const rows = await findDescriptions(tx, ids);
  const codeNameOf = (row: (typeof rows)[number]) => services.keys.openText('register', contextOf.codeName(row.id), row.code_name_sealed);
  return new Map(rows.map((row) => [row.id, { tier: tierOf(services, row), codeName: codeNameOf(row) }]));
}
/** A tier that was changed by hand lets nothing leave: it counts as the highest. */
function tierOf({ keys, alarm }: Pick<Services, 'keys' | 'alarm'>, { id, tier, seal }: { id: string; tier: number; seal: Buffer }): number {
  if (sealHolds(keys, 'register_secret', { id, tier }, seal)) return tier;
  alarm('register.seal_broken', { secret: id });
  return HIGHEST_TIER;
}
const HIGHEST_TIER = 3;

export function openElement({ keys }: Services, element: { id: string; secret_id: string; heading_sealed: Buffer; text_sealed: Buffer }) {
  return {
    heading: keys.openText('register', contextOf.heading(element.secret_id, element.id), element.heading_sealed),
    text: keys.openText('register', contextOf.text(element.secret_id, element.id), element.text_sealed),
  };
}
/** What a list says of a secret. */
export function describeBriefly(services: Services, row: SecretRecord) {
  const { keys } = services;
  return {
    codeName: keys.openText('register', contextOf.codeName(row.id), row.code_name_sealed),
    title: keys.openText('register', contextOf.title(row.id), row.title_sealed),
    tier: tierOf(services, row),
    unit: keys.openText('register', contextOf.unit(row.id), row.unit_sealed),
    reviewOn: row.review_on,
  };
}
/** What the register says of a secret and its owner may revise. */
export function describeSheet(services: Services, row: SecretRecord) {
  return {
    ...describeBriefly(services, row),
    contributors: Names.parse(JSON.parse(services.keys.openText('register', contextOf.contributors(row.id), row.contributors_sealed))),
    combination: row.combination,
    storedIn: row.stored_in,
    usedIn: row.used_in,
    originOn: row.origin_on,
  };
}
const Names = z.array(z.string());
export function sealContributors({ keys }: Services, secretId: string, contributors: readonly string[]): Buffer {
  return keys.sealText('register', contextOf.contributors(secretId), JSON.stringify(contributors));
}
export function describeRow(services: Services, row: Owned, owner: Standing | undefined) {
  const { codeName, title, tier, unit, reviewOn } = describeBriefly(services, row);
  const told = { ownerId: row.owner_id as PersonId, ownerName: owner?.name ?? ALTERED, ownerState: owner?.state ?? 'altered' };
  return { id: row.id as SecretId, codeName, title, tier, ...told, unit, reviewOn, enteredAt: row.entered_at.toISOString() };
}
