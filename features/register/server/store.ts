import { sql, type RawBuilder } from 'kysely';
import { OWNING_ROLES } from '#features/people/contract.ts';
import { anyOf, type Tx } from '#platform/server/db.ts';
import type { Gate, Power } from '#platform/server/gate.ts';
import type { Row } from '#platform/server/tables.ts';

export type SecretRecord = Row<'register_secret'>;
export type OwnerRow = Row<'register_owner'>;
export interface NewSecret {
  readonly id: string;
  readonly codeNameSealed: Buffer;
  readonly codeNameIndex: Buffer;
  readonly titleSealed: Buffer;
  readonly unitSealed: Buffer;
  readonly contributorsSealed: Buffer;
  readonly tier: number;
  readonly combination: boolean;
  readonly storedIn: string[];
  readonly usedIn: string[];
  readonly originOn: string | null;
  readonly reviewOn: string | null;
  readonly at: Date;
  readonly by: string;
  readonly seal: Buffer;
}

export async function insertSecret(tx: Tx, secret: NewSecret) {
  const { id, codeNameSealed, codeNameIndex, titleSealed, unitSealed, contributorsSealed } = secret;
  const { tier, combination, storedIn, usedIn, originOn, reviewOn, at, by, seal } = secret;
  await tx
    .insertInto('register_secret')
    .values({
      id,
      code_name_sealed: codeNameSealed,
      code_name_index: codeNameIndex,
      title_sealed: titleSealed,
      unit_sealed: unitSealed,
      contributors_sealed: contributorsSealed,
      tier,
      combination,
      stored_in: storedIn,
      used_in: usedIn,
      origin_on: originOn,
      review_on: reviewOn,
      entered_at: at,
      entered_by: by,
      seal,
    })
    .execute();
}
export async function updateSecret(
  tx: Tx,
  id: string,
  change: Pick<
    NewSecret,
    'titleSealed' | 'unitSealed' | 'contributorsSealed' | 'tier' | 'combination' | 'storedIn' | 'usedIn' | 'originOn' | 'reviewOn' | 'seal'
  >,
) {
  await tx
    .updateTable('register_secret')
    .set({
      title_sealed: change.titleSealed,
      unit_sealed: change.unitSealed,
      contributors_sealed: change.contributorsSealed,
      tier: change.tier,
      combination: change.combination,
      stored_in: change.storedIn,
      used_in: change.usedIn,
      origin_on: change.originOn,
      review_on: change.reviewOn,
      seal: change.seal,
    })
    .where('id', '=', id)
    .execute();
}
/** Locks the secret, so that two elements added at once get two numbers, and two changes of owner follow each other. */
export function lockSecret(tx: Tx, id: string) {
  return tx.selectFrom('register_secret').selectAll().where('id', '=', id).forUpdate().executeTakeFirstOrThrow();
}
export function findSecret(tx: Tx, id: string) {
  return tx
    .selectFrom('register_secret')
    .innerJoin('register_owner', (join) => join.onRef('register_owner.secret_id', '=', 'register_secret.id').on('register_owner.valid_to', 'is', null))
    .selectAll('register_secret')
    .select('register_owner.person_id as owner_id')
    .where('register_secret.id', '=', id)
    .executeTakeFirstOrThrow();
}
export function findDescriptions(tx: Tx, ids: readonly string[]) {
  return tx.selectFrom('register_secret').select(['id', 'tier', 'code_name_sealed', 'seal']).where('id', '=', anyOf(ids)).execute();
}

export interface Listing {
  readonly known: (id: RawBuilder<unknown>) => ReturnType<Gate['known']>;
  readonly tier: number | undefined;
  readonly unanswered: boolean;
  /** Only those of this person. */
  readonly ownerId: string | undefined;
  /** Only those to be reviewed by this day. */
  readonly reviewBy: string | undefined;
  readonly sort: 'newest' | 'tier';
  readonly after: { readonly tier: number; readonly at: string; readonly id: string } | undefined;
  readonly at: Date;
  readonly limit: number;
}
export type Owned = SecretRecord & { owner_id: string };
export type ListedSecret = Owned & { powers: Power[] };
/** A page of the secrets that somebody may know of, each with the rows that let him. */
export async function listSecrets(tx: Tx, { known, tier, unanswered, ownerId, reviewBy, sort, after, at, limit }: Listing): Promise<ListedSecret[]> {
  const order = sort === 'tier' ? sql`secret.tier desc, secret.entered_at desc, secret.id desc` : sql`secret.entered_at desc, secret.id desc`;
  const beyond = !after
    ? sql`true`
    : sort === 'tier'
      ? sql`(secret.tier, secret.entered_at, secret.id) < (${after.tier}, ${after.at}::timestamptz, ${after.id})`
      : sql`(secret.entered_at, secret.id) < (${after.at}::timestamptz, ${after.id})`;
  // These are for narrowing down; whoever lists them looks at the seals.
  const lacksOwner = sql`not exists (
    select from register_owner owner join people_pub_person person on person.id = owner.person_id join people_pub_role role on role.person_id = person.id
    where owner.secret_id = secret.id and owner.valid_to is null and person.active_to is null
      and role.role = ${anyOf(OWNING_ROLES)} and role.valid_from <= ${at} and (role.valid_to is null or role.valid_to > ${at})
  )`;
  const isOf = sql`exists (select from register_owner owner where owner.secret_id = secret.id and owner.valid_to is null and owner.person_id = ${ownerId})`;
  const filters = [
    beyond,
    ...(tier === undefined ? [] : [sql`secret.tier = ${tier}`]),
    ...(unanswered ? [lacksOwner] : []),
    ...(ownerId === undefined ? [] : [isOf]),
    ...(reviewBy === undefined ? [] : [sql`secret.review_on <= ${reviewBy}::date`]),
  ];
  // In order first (offset 0 keeps it so), then asked about one by one: what is behind a full page is never asked about.
  const { rows } = await sql<ListedSecret>`
    select secret.*, owner.person_id as owner_id, known.powers
    from (
      select * from register_secret secret
      where ${sql.join(filters, sql` and `)}
      order by ${order} offset 0
    ) secret
    cross join ${known(sql.ref('secret.id'))} known
    cross join lateral (
      select person_id from register_owner where secret_id = secret.id and valid_to is null offset 0
    ) owner
    order by ${order} limit ${limit}`.execute(tx);
  return rows;
}
export async function findByCodeName(tx: Tx, codeNameIndex: Buffer): Promise<string[]> {
  const rows = await tx.selectFrom('register_secret').select('id').where('code_name_index', '=', codeNameIndex).execute();
  return rows.map(({ id }) => id);
}

export async function insertElements(
  tx: Tx,
  elements: readonly { id: string; secretId: string; number: number; headingSealed: Buffer; textSealed: Buffer; at: Date }[],
) {
  if (elements.length === 0) return;
  await tx
    .insertInto('register_element')
    .values(
      elements.map((element) => ({
        id: element.id,
        secret_id: element.secretId,
        number: element.number,
        heading_sealed: element.headingSealed,
        text_sealed: element.textSealed,
        added_at: element.at,
      })),
    )
    .execute();
}
export function listElements(tx: Tx, secretId: string) {
  return tx.selectFrom('register_element').select(['id', 'number', 'heading_sealed']).where('secret_id', '=', secretId).orderBy('number').execute();
}
export function findHeadings(tx: Tx, ids: readonly string[]) {
  return tx.selectFrom('register_element').select(['id', 'secret_id', 'heading_sealed']).where('id', '=', anyOf(ids)).execute();
}
export function findElement(tx: Tx, id: string) {
  return tx.selectFrom('register_element').selectAll().where('id', '=', id).executeTakeFirst();
}
export async function lastElementNumber(tx: Tx, secretId: string): Promise<number> {
  const row = await tx
    .selectFrom('register_element')
    .select((eb) => eb.fn.max<number | null>('number').as('last'))
    .where('secret_id', '=', secretId)
    .executeTakeFirst();
  return row?.last ?? 0;
}

export async function insertOwner(tx: Tx, owner: { id: string; secretId: string; personId: string; at: Date; seal: Buffer }) {
  await tx
    .insertInto('register_owner')
    .values({ id: owner.id, secret_id: owner.secretId, person_id: owner.personId, valid_from: owner.at, seal: owner.seal })
    .execute();
}
export function lockOwner(tx: Tx, secretId: string) {
  return tx.selectFrom('register_owner').selectAll().where('secret_id', '=', secretId).where('valid_to', 'is', null).forUpdate().executeTakeFirstOrThrow();
}
export async function endOwner(tx: Tx, id: string, { at, seal }: { at: Date; seal: Buffer }) {
  await tx.updateTable('register_owner').set({ valid_to: at, seal }).where('id', '=', id).execute();
}
/** Those who answered for a secret before its present owner, the latest first. */
export function listFormerOwners(tx: Tx, secretId: string, { before, limit }: { before: { at: string; id: string } | undefined; limit: number }) {
  return tx
    .selectFrom('register_owner')
    .selectAll()
    .where('secret_id', '=', secretId)
    .where('valid_to', 'is not', null)
    .$if(before !== undefined, (query) => query.where((eb) => eb(eb.refTuple('valid_from', 'id'), '<', eb.tuple(new Date(before!.at), before!.id))))
    .orderBy('valid_from', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}
export async function insertRegistrar(tx: Tx, registrar: { id: string; secretId: string; tokenId: string; from: Date; to: Date; seal: Buffer }) {
  await tx
    .insertInto('register_registrar')
    .values({
      id: registrar.id,
      secret_id: registrar.secretId,
      token_id: registrar.tokenId,
      valid_from: registrar.from,
      valid_to: registrar.to,
      seal: registrar.seal,
    })
    .execute();
}
/** The secrets that somebody answers for, or did until she left. */
export function listOwned(tx: Tx, personId: string) {
  return tx.selectFrom('register_owner').selectAll().where('person_id', '=', personId).where('valid_to', 'is', null).orderBy('id').execute();
}

export function listPresentOwners(tx: Tx, { after, limit }: { after: string; limit: number }) {
  return tx
    .selectFrom('register_owner')
    .select(['id', 'secret_id', 'person_id'])
    .where('valid_to', 'is', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
}
export function listTiers(tx: Tx, { after, limit }: { after: string; limit: number }) {
  return tx.selectFrom('register_secret').select(['id', 'tier']).where('id', '>', after).orderBy('id').limit(limit).execute();
}
export function listRegistrars(tx: Tx, { after, limit }: { after: string; limit: number }) {
  return tx.selectFrom('register_registrar').select(['id', 'secret_id', 'token_id']).where('id', '>', after).orderBy('id').limit(limit).execute();
}
