import { SecretId, type ElementId, type PersonId } from '@underseal/contract';
import { z } from 'zod';
import { left, OWNING_ROLES } from '#features/people/contract.ts';
import { ALTERED, standingsOf } from '#features/people/server/index.ts';
import type { Ctx } from '#platform/server/feature.ts';
import { feature } from '#platform/server/feature.ts';
import type { KeyRing } from '#platform/server/keys.ts';
import { CursorInstant, readCursor, toPage, writeCursor } from '#platform/server/paging.ts';
import { sealHolds, sealRow } from '#platform/server/seals.ts';
import { elementAdded, elementOpened, ELEMENTS_MOST, entered, ownerChanged, ownerLost, register, registerFailures, revised } from '../contract.ts';
import { describeBriefly, describeRow, describeSheet, openElement, sealContributors } from './describing.ts';
import { sealedOwners, sealedRegistrars, sealedSecrets } from './sealed-rows.ts';
import { assertLikelyDates, changedIn, contextOf, fits, ownerSeal, registrarSeal, reviewDueBy, sheetOf } from './rules.ts';
import {
  endOwner,
  findByCodeName,
  findElement,
  findSecret,
  insertElements,
  insertOwner,
  insertRegistrar,
  insertSecret,
  lastElementNumber,
  listElements,
  listFormerOwners,
  listOwned,
  listSecrets,
  lockOwner,
  lockSecret,
  updateSecret,
  type ListedSecret,
  type Listing,
  type OwnerRow,
} from './store.ts';

export { describeSecrets, listHeadings, readElement } from './describing.ts';

const Place = z.strictObject({ tier: z.int32(), at: CursorInstant, id: SecretId });
const Owned = z.strictObject({ at: CursorInstant, id: z.string().startsWith('own_').max(40) });
const DAY_MS = 86_400_000;
/** Titles are encrypted, so a search opens them one by one: at most so many. */
const SEARCHED = 5_000;
const SEARCH_STEP = 500;

export const registerFeature = feature(
  register,
  {
    async enter(ctx, input) {
      const { keys } = ctx.services;
      const id = ctx.services.newId('sec') as SecretId;
      assertLikelyDates(input, ctx.now);
      if ((await holdOwner(ctx, input.ownerId))?.state !== 'here')
        throw registerFailures.ownerMissing('Cannot register this secret: its owner is nobody who works here with a role that may own');
      const codeNameIndex = keys.blindIndex('code name', input.codeName);
      if (await isCodeNameKnown(ctx, codeNameIndex))
        throw registerFailures.codeNameTaken('Cannot register this secret: you know another one by this code name');
      await insertSecret(ctx.tx, {
        id,
        codeNameIndex,
        tier: input.tier,
        combination: input.combination,
        storedIn: input.storedIn,
        usedIn: input.usedIn,
        originOn: input.originOn,
        reviewOn: input.reviewOn,
        at: ctx.now,
        by: ctx.actor.id,
        codeNameSealed: keys.sealText('register', contextOf.codeName(id), input.codeName),
        titleSealed: keys.sealText('register', contextOf.title(id), input.title),
        unitSealed: keys.sealText('register', contextOf.unit(id), input.unit),
        contributorsSealed: sealContributors(ctx.services, id, input.contributors),
        seal: sealRow(keys, 'register_secret', { id, tier: input.tier }),
      });
      await ctx.belongs(id, id);
      await giveTo(ctx, id, input.ownerId);
      if (ctx.actor.kind === 'token') await letStore(ctx, id);
      const elementIds = await addElements(ctx, { secretId: id, from: 1, elements: input.elements });
      ctx.record(entered, {
        secretId: id,
        tier: input.tier,
        ownerId: input.ownerId,
        elementIds,
        combination: input.combination,
        codeName: input.codeName,
        title: input.title,
        sheet: sheetOf(input),
      });
      return { secretId: id };
    },

    async revise(ctx, input) {
      const { keys } = ctx.services;
      const before = describeSheet(ctx.services, await lockSecret(ctx.tx, input.secretId));
      assertLikelyDates(input, ctx.now, before);
      await updateSecret(ctx.tx, input.secretId, {
        titleSealed: keys.sealText('register', contextOf.title(input.secretId), input.title),
        unitSealed: keys.sealText('register', contextOf.unit(input.secretId), input.unit),
        contributorsSealed: sealContributors(ctx.services, input.secretId, input.contributors),
        combination: input.combination,
        tier: input.tier,
        storedIn: input.storedIn,
        usedIn: input.usedIn,
        originOn: input.originOn,
        reviewOn: input.reviewOn,
        seal: sealRow(keys, 'register_secret', { id: input.secretId, tier: input.tier }),
      });
      ctx.record(revised, {
        secretId: input.secretId,
        tier: input.tier,
        changed: changedIn(before, input),
        combination: input.combination,
        codeName: before.codeName,
        title: input.title,
        sheet: sheetOf(input),
        reason: input.reason,
      });
      return {};
    },

    async addElement(ctx, { secretId, heading, text }) {
      await lockSecret(ctx.tx, secretId);
      const number = (await lastElementNumber(ctx.tx, secretId)) + 1;
      if (number > ELEMENTS_MOST)
        throw registerFailures.tooManyElements(
          `Cannot add an element: a secret has ${ELEMENTS_MOST} at most; put the rest into documents, or enter another secret`,
        );
      const [elementId] = await addElements(ctx, { secretId, from: number, elements: [{ heading, text }] });
      ctx.record(elementAdded, { secretId, elementId: elementId!, number });
      return { elementId: elementId! };
    },

    changeOwner: (ctx, change) => handOver(ctx, change),
    reassign: (ctx, change) =>
      handOver(ctx, change, async (ownerId) => {
        const owner = await holdOwner(ctx, ownerId);
        if (owner?.state === 'here') throw registerFailures.ownerHere('Cannot give this secret to another owner: its owner is still here, and hands it over');
        if (owner?.state !== 'left' && owner?.state !== 'no-role')
          throw registerFailures.ownerAltered(
            'Cannot give this secret to another owner: what is kept of its owner was changed by hand; an operator has to see to it first',
          );
      }),

    async list(ctx, { search, tier, unanswered, mine, reviewDue, sort, cursor, limit }) {
      const known: Listing['known'] = (id) => ctx.services.gate.known(ctx.actor, ctx.now, id);
      const ownerId = mine ? ctx.actor.id : undefined;
      const listing = { known, tier, unanswered, ownerId, reviewBy: reviewDue ? reviewDueBy(ctx.now) : undefined, sort, at: ctx.now };
      const key = (row: ListedSecret) => ({ tier: row.tier, at: row.entered_at.toISOString(), id: row.id as SecretId });
      const mayKnow = async (rows: readonly ListedSecret[]) => {
        const asked = rows.map(({ id, powers }) => ({ secretId: id, powers }));
        const given = await ctx.services.gate.gives(ctx.tx, asked, { who: ctx.actor.id, at: ctx.now });
        return rows.filter((row) => given.get(row.id)![mine ? 'own' : 'know']);
      };
      const describe = async (rows: readonly ListedSecret[]) => {
        const owners = await findOwners(
          ctx,
          rows.map((row) => row.owner_id),
        );
        const items = rows.map((row) => describeRow(ctx.services, row, owners.get(row.owner_id)));
        return unanswered ? items.filter(({ ownerState }) => ownerState !== 'here') : items;
      };
      let after = readCursor(Place, cursor);
      if (search === undefined || search.trim() === '') {
        const rows = await listSecrets(ctx.tx, { ...listing, after, limit: limit + 1 });
        const page = toPage(rows, limit, { key, item: (row) => row });
        return { items: await describe(await mayKnow(page.items)), next: page.next };
      }
      const found: ListedSecret[] = [];
      for (let searched = 0; found.length <= limit; searched += SEARCH_STEP) {
        // Nobody is kept waiting for ever: what was not looked through yet is the next page.
        if (searched >= SEARCHED) return { items: await describe(found), next: writeCursor(after) };
        const rows = await listSecrets(ctx.tx, { ...listing, after, limit: SEARCH_STEP });
        found.push(...(await mayKnow(rows)).filter((row) => fits(search.trim(), describeBriefly(ctx.services, row))));
        if (rows.length < SEARCH_STEP) break;
        after = key(rows.at(-1)!);
      }
      const page = toPage(found, limit, { key, item: (row) => row });
      return { items: await describe(page.items), next: page.next };
    },

    async show(ctx, { secretId }) {
      const { keys } = ctx.services;
      const row = await findSecret(ctx.tx, secretId);
      const elements = await listElements(ctx.tx, secretId);
      const owner = (await findOwners(ctx, [row.owner_id])).get(row.owner_id);
      const mayReassign = (owner?.state === 'left' || owner?.state === 'no-role') && ctx.actor.permissions.has(register.reassign.needs);
      return {
        ...describeRow(ctx.services, row, owner),
        ...describeSheet(ctx.services, row),
        elements: elements.map((element) => ({
          id: element.id as ElementId,
          number: element.number,
          heading: keys.openText('register', contextOf.heading(secretId, element.id), element.heading_sealed),
        })),
        may: { open: ctx.subject.may.open, own: ctx.subject.may.own, reassign: mayReassign },
      };
    },

    async owners(ctx, { secretId, cursor, limit }) {
      const rows = await listFormerOwners(ctx.tx, secretId, { before: readCursor(Owned, cursor), limit: limit + 1 });
      const { items, next } = toPage(rows, limit, { key: (row) => ({ at: row.valid_from.toISOString(), id: row.id }), item: (row) => row });
      // Who was written in by hand answered for nothing.
      const genuine = items.filter((row) => isGenuine(ctx.services.keys, row));
      const people = await findOwners(
        ctx,
        genuine.map((row) => row.person_id),
      );
      const owners = genuine.map((row) => ({
        personId: row.person_id as PersonId,
        personName: people.get(row.person_id)?.name ?? ALTERED,
        from: row.valid_from.toISOString(),
        // Who has left opened nothing any more, whenever it was given to somebody else.
        until: new Date(Math.min(row.valid_to!.getTime(), people.get(row.person_id)?.leftAt?.getTime() ?? Infinity)).toISOString(),
      }));
      return { items: owners, next };
    },

    async openElement(ctx, { secretId, elementId }) {
      const element = await findElement(ctx.tx, elementId);
      if (element?.secret_id !== secretId) throw registerFailures.elementMissing('Cannot find this element');
      ctx.record(elementOpened, { secretId, elementId });
      return { number: element.number, ...openElement(ctx.services, element) };
    },
  },
  {
    sealed: [sealedSecrets, sealedOwners, sealedRegistrars],
    reactions: [
      {
        name: 'register.owner_of_leaver',
        on: [left],
        // The gate is shut to who has left already; this says of each secret that nobody answers for it from here on.
        async handle(ctx, { data }) {
          const personId = String(data['personId']);
          const owned = (await listOwned(ctx.tx, personId)).filter((row) => isGenuine(ctx.services.keys, row));
          for (const row of owned) ctx.record(ownerLost, { secretId: row.secret_id as SecretId, ownerId: personId as PersonId });
        },
      },
    ],
  },
);

interface Change {
  readonly secretId: SecretId;
  readonly ownerId: PersonId;
  readonly reason: string;
}
/** Ends the ownership that there is, if `mayEnd` does not throw at its person, and gives it to somebody who is here. */
async function handOver(ctx: Ctx<typeof register.changeOwner>, { secretId, ownerId, reason }: Change, mayEnd?: (ownerId: string) => Promise<void>) {
  if ((await holdOwner(ctx, ownerId))?.state !== 'here')
    throw registerFailures.ownerMissing('Cannot hand over this secret: the new owner is nobody who works here with a role that may own');
  const owner = await lockOwner(ctx.tx, secretId);
  await mayEnd?.(owner.person_id);
  const held = { id: owner.id, secretId, personId: owner.person_id, from: owner.valid_from, to: ctx.now };
  await endOwner(ctx.tx, owner.id, { at: ctx.now, seal: sealRow(ctx.services.keys, 'register_owner', ownerSeal(held)) });
  await giveTo(ctx, secretId, ownerId);
  ctx.record(ownerChanged, { secretId, from: owner.person_id as PersonId, to: ownerId, reason });
  return {};
}

/** Who could not let anybody in, nor hand it on, would hold a secret that nobody can move. Until commit she stays as she is found here. */
async function holdOwner(ctx: Ctx, personId: string) {
  return (await standingsOf(ctx.services, { tx: ctx.tx, personIds: [personId], roles: OWNING_ROLES, now: ctx.now, hold: true })).get(personId);
}
function findOwners({ services, tx, now }: Ctx, personIds: readonly string[]) {
  return standingsOf(services, { tx, personIds, roles: OWNING_ROLES, now });
}
/** Asked about so many at least, that a code name which only others know costs what one costs that nobody uses: few secrets share one. */
const ASKED_LEAST = 2;
async function isCodeNameKnown({ tx, actor, now, services }: Ctx, codeNameIndex: Buffer): Promise<boolean> {
  const found = await findByCodeName(tx, codeNameIndex);
  const nobodys = Array.from({ length: Math.max(0, ASKED_LEAST - found.length) }, (_, i) => `none ${i}`);
  return (await services.gate.decideAll(tx, { who: actor.id, secretIds: [...found, ...nobodys], at: now })).size > 0;
}
async function giveTo(ctx: Ctx, secretId: string, personId: string) {
  const id = ctx.services.newId('own');
  const seal = sealRow(ctx.services.keys, 'register_owner', ownerSeal({ id, secretId, personId, from: ctx.now, to: null }));
  await insertOwner(ctx.tx, { id, secretId, personId, at: ctx.now, seal });
}
/** A program that enters a secret may store its documents for a day; it can never open them. */
async function letStore(ctx: Ctx, secretId: string) {
  const registrar = { id: ctx.services.newId('rgr'), secretId, tokenId: ctx.actor.id, from: ctx.now, to: new Date(ctx.now.getTime() + DAY_MS) };
  await insertRegistrar(ctx.tx, { ...registrar, seal: sealRow(ctx.services.keys, 'register_registrar', registrarSeal(registrar)) });
}
async function addElements(
  ctx: Ctx,
  { secretId, from, elements }: { secretId: string; from: number; elements: readonly { heading: string; text: string }[] },
): Promise<ElementId[]> {
  const { keys } = ctx.services;
  const rows = elements.map(({ heading, text }, i) => {
    const id = ctx.services.newId('elm') as ElementId;
    return {
      id,
      secretId,
      number: from + i,
      headingSealed: keys.sealText('register', contextOf.heading(secretId, id), heading),
      textSealed: keys.sealText('register', contextOf.text(secretId, id), text),
      at: ctx.now,
    };
  });
  await insertElements(ctx.tx, rows);
  for (const row of rows) await ctx.belongs(row.id, secretId);
  return rows.map((row) => row.id);
}
function isGenuine(keys: KeyRing, row: OwnerRow): boolean {
  const held = { id: row.id, secretId: row.secret_id, personId: row.person_id, from: row.valid_from, to: row.valid_to };
  return sealHolds(keys, 'register_owner', ownerSeal(held), row.seal);
}
