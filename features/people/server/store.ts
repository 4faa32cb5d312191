import { sql } from 'kysely';
import { anyOf, type Tx } from '#platform/server/db.ts';
import type { Row } from '#platform/server/tables.ts';
import { installed } from '../contract.ts';
import { likePrefix } from './rules.ts';

export type PersonRow = Row<'people_person'>;
export type RoleRow = Row<'people_role'>;
export type CredentialRow = Row<'people_credential'>;
export type InvitationRow = Row<'people_invitation'>;
export type ResetRow = Row<'people_reset'>;
export type SetupRow = Row<'people_setup'>;

const ROLES_LOCK = 4_380_010;
/** One at a time changes who is administrator: of two who take each other's role at once, the second finds herself the last. */
export async function lockRoles(tx: Tx) {
  await sql`select pg_advisory_xact_lock(${ROLES_LOCK})`.execute(tx);
}

export async function findOrganisation(tx: Tx): Promise<string | undefined> {
  return (await tx.selectFrom('people_organisation').select('name').executeTakeFirst())?.name;
}
/** Of two who set up at once, the second waits here for the first to commit, and answers false. */
export async function insertOrganisation(tx: Tx, { name, at }: { name: string; at: Date }): Promise<boolean> {
  const inserted = await tx
    .insertInto('people_organisation')
    .values({ name, set_up_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

/** A newer code takes the place of the one before. */
export async function keepSetup(tx: Tx, row: Pick<SetupRow, 'code_hash' | 'expires_at' | 'seal'>) {
  await tx
    .insertInto('people_setup')
    .values({ ...row, tries: 0 })
    .onConflict((conflict) => conflict.column('single').doUpdateSet({ ...row, tries: 0 }))
    .execute();
}
/** Counts a try before it is looked at; undefined once there are none left or the time is over. */
export function takeSetupTry(tx: Tx, { most, now }: { most: number; now: Date }) {
  return tx
    .updateTable('people_setup')
    .set((eb) => ({ tries: eb('tries', '+', 1) }))
    .where('tries', '<', most)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst();
}
export async function dropSetup(tx: Tx) {
  await tx.deleteFrom('people_setup').execute();
}

/** Whether the ledger tells of a set-up: it is asked only where no row does. */
export async function wasInstalled(tx: Tx): Promise<boolean> {
  const { rows } = await sql`
    select 1 from ledger_entry where type = ${installed.name} union all select 1 from ledger_outbox where type = ${installed.name} limit 1`.execute(tx);
  return rows.length > 0;
}
export async function hasPersons(tx: Tx): Promise<boolean> {
  return (await tx.selectFrom('people_person').select('id').limit(1).executeTakeFirst()) !== undefined;
}
export async function hasJoinedBy(tx: Tx, invitationId: string): Promise<boolean> {
  return (await tx.selectFrom('people_person').select('id').where('invitation_id', '=', invitationId).executeTakeFirst()) !== undefined;
}
/** False when somebody active has this mail address. */
export async function insertPerson(tx: Tx, row: PersonRow): Promise<boolean> {
  const inserted = await tx
    .insertInto('people_person')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}
export function findActive(tx: Tx, id: string) {
  return tx.selectFrom('people_person').selectAll().where('id', '=', id).where('active_to', 'is', null).executeTakeFirst();
}
export function findActiveOf(tx: Tx, ids: readonly string[]) {
  return tx.selectFrom('people_person').selectAll().where('id', '=', anyOf(ids)).where('active_to', 'is', null).execute();
}
/** Holds the person until commit: nobody leaves while a session or a credential is made for him. */
export function holdActive(tx: Tx, id: string) {
  return tx.selectFrom('people_person').selectAll().where('id', '=', id).where('active_to', 'is', null).forShare().executeTakeFirst();
}
export function findActiveByEmail(tx: Tx, email: string) {
  return tx.selectFrom('people_person').selectAll().where('email', '=', email).where('active_to', 'is', null).executeTakeFirst();
}
/** As `holdActive`, and whoever holds or changes the person waits: no session starts while a password is replaced. */
export function lockActive(tx: Tx, id: string) {
  return tx.selectFrom('people_person').selectAll().where('id', '=', id).where('active_to', 'is', null).forUpdate().executeTakeFirst();
}
export async function keepPerson(tx: Tx, { id, active_to, factor_id, in_doubt_since, in_doubt_by, seal }: PersonRow) {
  await tx.updateTable('people_person').set({ active_to, factor_id, in_doubt_since, in_doubt_by, seal }).where('id', '=', id).execute();
}
interface PersonListing {
  readonly search: string | undefined;
  readonly state: 'here' | 'left' | undefined;
  readonly roles: readonly string[] | undefined;
  readonly at: Date;
  readonly after: string | undefined;
  readonly limit: number;
}
/** By name, then id. `after` is the last person of the page before; her name is looked up, since a long one would not fit into a cursor. */
export function listPersons(tx: Tx, { search, state, roles, at, after, limit }: PersonListing) {
  const start = likePrefix(search ?? '');
  return tx
    .selectFrom('people_person')
    .selectAll()
    .$if(search !== undefined, (query) =>
      query.where((eb) => eb.or([eb('name', 'ilike', start), eb('name', 'ilike', `% ${start}`), eb('email', 'ilike', start)])),
    )
    .$if(state !== undefined, (query) => query.where('active_to', state === 'here' ? 'is' : 'is not', null))
    .$if(roles !== undefined, (query) =>
      query.where((eb) =>
        eb.exists(
          eb
            .selectFrom('people_role')
            .select('people_role.id')
            .whereRef('people_role.person_id', '=', 'people_person.id')
            .where('people_role.role', '=', anyOf(roles!))
            .where('people_role.valid_from', '<=', at)
            .where((held) => held.or([held('people_role.valid_to', 'is', null), held('people_role.valid_to', '>', at)])),
        ),
      ),
    )
    .$if(after !== undefined, (query) => query.where(sql<boolean>`(lower(name), id) > (select lower(name), id from people_person where id = ${after ?? ''})`))
    .orderBy(sql`lower(name)`)
    .orderBy('id')
    .limit(limit)
    .execute();
}

export async function insertRole(tx: Tx, row: RoleRow) {
  await tx.insertInto('people_role').values(row).execute();
}
/** Roles in force, with seals still to be looked at. */
export function findRoles(tx: Tx, personIds: readonly string[], now: Date) {
  return tx
    .selectFrom('people_role')
    .selectAll()
    .where('person_id', '=', anyOf(personIds))
    .where('valid_from', '<=', now)
    .where((eb) => eb.or([eb('valid_to', 'is', null), eb('valid_to', '>', now)]))
    .orderBy('valid_from')
    .orderBy('id')
    .execute();
}
/** Who holds one of these roles now, active and not in doubt, with seals still to be looked at. */
export function findHolders(tx: Tx, roles: readonly string[], now: Date) {
  return tx
    .selectFrom('people_role')
    .innerJoin('people_person', 'people_person.id', 'people_role.person_id')
    .selectAll('people_role')
    .where('people_role.role', 'in', roles)
    .where('people_person.active_to', 'is', null)
    .where('people_person.in_doubt_since', 'is', null)
    .where('people_role.valid_from', '<=', now)
    .where((eb) => eb.or([eb('people_role.valid_to', 'is', null), eb('people_role.valid_to', '>', now)]))
    .execute();
}
export async function closeRole(tx: Tx, { id, valid_to, seal }: Pick<RoleRow, 'id' | 'valid_to' | 'seal'>) {
  await tx.updateTable('people_role').set({ valid_to, seal }).where('id', '=', id).execute();
}

export async function insertCredential(tx: Tx, row: Omit<CredentialRow, 'last_step'>) {
  await tx.insertInto('people_credential').values(row).execute();
}
/** Credentials that were not ended, pending second factors among them. */
export function findCredentials(tx: Tx, personId: string) {
  return tx
    .selectFrom('people_credential')
    .selectAll()
    .where('person_id', '=', personId)
    .where('active_to', 'is', null)
    .orderBy('created_at', 'desc')
    .execute();
}
export function lockCredentials(tx: Tx, personId: string) {
  return tx.selectFrom('people_credential').selectAll().where('person_id', '=', personId).where('active_to', 'is', null).orderBy('id').forUpdate().execute();
}
export async function changeCredential(tx: Tx, { id, active_from, active_to, seal }: Pick<CredentialRow, 'id' | 'active_from' | 'active_to' | 'seal'>) {
  await tx.updateTable('people_credential').set({ active_from, active_to, seal }).where('id', '=', id).execute();
}
/** Compare and set: of all who bring the code of one step, one spends it. */
export async function spendStep(tx: Tx, id: string, step: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('people_credential')
    .set({ last_step: step })
    .where('id', '=', id)
    .where('active_to', 'is', null)
    .where('last_step', '<', step)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function insertInvitation(tx: Tx, row: InvitationRow) {
  await tx.insertInto('people_invitation').values(row).execute();
}
export function findInvitation(tx: Tx, codeHash: Buffer, now: Date) {
  return tx
    .selectFrom('people_invitation')
    .selectAll()
    .where('code_hash', '=', codeHash)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
}
/** Of two who accept or withdraw one invitation at once, the second waits here and finds none. */
export function lockInvitation(tx: Tx, id: string, now: Date) {
  return tx
    .selectFrom('people_invitation')
    .selectAll()
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .forUpdate()
    .executeTakeFirst();
}
/** The invitations to an address that were not ended, or those that somebody made. */
export function lockInvitations(tx: Tx, which: { email: string } | { by: string }) {
  return tx
    .selectFrom('people_invitation')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('email' in which ? 'email' : 'invited_by', '=', 'email' in which ? which.email : which.by)
    .orderBy('id')
    .forUpdate()
    .execute();
}
export async function closeInvitation(tx: Tx, { id, ended_at, seal }: Pick<InvitationRow, 'id' | 'ended_at' | 'seal'>) {
  await tx.updateTable('people_invitation').set({ ended_at, seal }).where('id', '=', id).execute();
}
/** Open ones, the youngest first. */
export function listInvitations(tx: Tx, { now, before, limit }: { now: Date; before: { at: Date; id: string } | undefined; limit: number }) {
  return tx
    .selectFrom('people_invitation')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .$if(before !== undefined, (query) => query.where(sql<boolean>`(expires_at, id) < (${before?.at}::timestamptz, ${before?.id})`))
    .orderBy('expires_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

export async function insertReset(tx: Tx, row: ResetRow) {
  await tx.insertInto('people_reset').values(row).execute();
}
export function findReset(tx: Tx, codeHash: Buffer, now: Date) {
  return tx
    .selectFrom('people_reset')
    .selectAll()
    .where('code_hash', '=', codeHash)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
}
/** Of two who use one link at once, the second waits here and finds none. */
export function lockReset(tx: Tx, id: string, now: Date) {
  return tx
    .selectFrom('people_reset')
    .selectAll()
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .forUpdate()
    .executeTakeFirst();
}
export function lockResets(tx: Tx, which: { of: string } | { by: string }) {
  return tx
    .selectFrom('people_reset')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('of' in which ? 'person_id' : 'made_by', '=', 'of' in which ? which.of : which.by)
    .orderBy('id')
    .forUpdate()
    .execute();
}
export async function closeReset(tx: Tx, { id, ended_at, seal }: Pick<ResetRow, 'id' | 'ended_at' | 'seal'>) {
  await tx.updateTable('people_reset').set({ ended_at, seal }).where('id', '=', id).execute();
}

export function listAllPersons(tx: Tx, { after, limit }: { after: string; limit: number }) {
  return tx.selectFrom('people_person').select(['id', 'factor_id', 'in_doubt_since', 'active_to']).where('id', '>', after).orderBy('id').limit(limit).execute();
}
export function listPresentResets(tx: Tx, { after, limit }: { after: string; limit: number }) {
  return tx
    .selectFrom('people_reset')
    .select(['id', 'person_id', 'made_by'])
    .where('ended_at', 'is', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
}
export function listPresentInvitations(tx: Tx, { after, limit }: { after: string; limit: number }) {
  return tx
    .selectFrom('people_invitation')
    .select(['id', 'invited_by', 'roles'])
    .where('ended_at', 'is', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
}
export function listPresentRoles(tx: Tx, { after, limit }: { after: string; limit: number }) {
  return tx
    .selectFrom('people_role')
    .select(['id', 'person_id', 'role'])
    .where('valid_to', 'is', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
}
export function listPresentTokens(tx: Tx, { after, limit }: { after: string; limit: number }) {
  return tx
    .selectFrom('people_token')
    .select(['id', 'created_by', 'permissions'])
    .where('ended_at', 'is', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
}
/** Also of those who have left. With `hold` they stay as they are until commit. */
export function findPersons(tx: Tx, { ids, hold = false }: { ids: readonly string[]; hold?: boolean }) {
  return tx
    .selectFrom('people_person')
    .selectAll()
    .where('id', '=', anyOf(ids))
    .orderBy('id')
    .$if(hold, (query) => query.forShare())
    .execute();
}
/** Also those that were taken. */
export function findRolesEver(tx: Tx, { personIds, roles, hold }: { personIds: readonly string[]; roles: readonly string[]; hold: boolean }) {
  return tx
    .selectFrom('people_role')
    .selectAll()
    .where('person_id', '=', anyOf(personIds))
    .where('role', '=', anyOf(roles))
    .orderBy('id')
    .$if(hold, (query) => query.forShare())
    .execute();
}
export function findNamedTokens(tx: Tx, ids: readonly string[]) {
  return tx.selectFrom('people_token').selectAll().where('id', '=', anyOf(ids)).execute();
}
