import { z } from 'zod';
import { GrantId, type PersonId, type SecretId } from '@underseal/contract';
import { left } from '#features/people/contract.ts';
import { feature, type Ctx } from '#platform/server/feature.ts';
import type { KeyRing } from '#platform/server/keys.ts';
import { CursorInstant, readCursor, toPage } from '#platform/server/paging.ts';
import { sealHolds, sealRow } from '#platform/server/seals.ts';
import { access, accessFailures, granted, revoked } from '../contract.ts';
import { explainPersons } from './explaining.ts';
import { assertEndAhead, assertLive, grantSeal, reasonContext } from './rules.ts';
import { sealedGrants } from './sealed-rows.ts';
import { endGrant, findActivePerson, findLiveGrant, insertGrant, listGrants, lockGrant, lockGrantsOf, lockPair, type GrantRow } from './store.ts';

const ByAge = z.tuple([CursorInstant, GrantId]);
const personMissing = () => accessFailures.personMissing('Cannot grant access: there is no such active person');

export const accessFeature = feature(
  access,
  {
    async grant(ctx, { secretId, personId, reason, until }) {
      const { keys } = ctx.services;
      const to = new Date(until);
      assertEndAhead(to, ctx.now);
      if (!(await findActivePerson(ctx.tx, personId, ctx.now))) throw personMissing();
      await lockPair(ctx.tx, secretId, personId);
      if (await findLiveGrant(ctx.tx, { secretId, personId, at: ctx.now }))
        throw accessFailures.alreadyGranted('Cannot grant access: this person has a grant that has not ended; end it under "Who can open it", then grant anew');
      const id = ctx.services.newId('grt') as GrantId;
      const seal = sealRow(keys, 'access_grant', grantSeal({ id, secretId, personId, from: ctx.now, to, revokedAt: null }));
      await insertGrant(ctx.tx, {
        id,
        secretId,
        personId,
        reasonSealed: keys.sealText('register', reasonContext(id), reason),
        from: ctx.now,
        to,
        by: ctx.actor.id,
        seal,
      });
      // Who leaves at this moment was waited for by the row: the end of her grants does not miss this one.
      if (!(await findActivePerson(ctx.tx, personId, ctx.now))) throw personMissing();
      await ctx.belongs(id, secretId);
      ctx.record(granted, { grantId: id, secretId, personId, until: to.toISOString(), reason });
      return { grantId: id };
    },

    async revoke(ctx, { grantId, reason }) {
      const grant = await lockGrant(ctx.tx, grantId);
      if (!grant) throw accessFailures.alreadyEnded('Cannot end this grant: it is not there');
      assertLive(grant, ctx.now);
      await end(ctx, grant, reason);
      ctx.record(revoked, { grantId, secretId: grant.secret_id as SecretId, personId: grant.person_id as PersonId, reason });
      return {};
    },

    async list(ctx, { secretId, ended, cursor, limit }) {
      const last = readCursor(ByAge, cursor);
      const after = last && { from: new Date(last[0]), id: last[1] };
      const rows = await listGrants(ctx.tx, secretId, { ended, at: ctx.now, after, limit: limit + 1 });
      const { items, next } = toPage(rows, limit, { key: (row) => [row.valid_from.toISOString(), row.id], item: (row) => row });
      // What somebody else wrote lets nobody in, and its reason cannot be read.
      const genuine = items.filter((row) => isGenuine(ctx.services.keys, row));
      const personOf = await explainPersons(
        ctx,
        secretId,
        genuine.map((row) => row.person_id),
      );
      return {
        next,
        items: genuine.map((row) => {
          const { name, explanation } = personOf(row.person_id);
          return {
            id: row.id as GrantId,
            secretId,
            personId: row.person_id as PersonId,
            personName: name,
            reason: ctx.services.keys.openText('register', reasonContext(row.id), row.reason_sealed),
            from: row.valid_from.toISOString(),
            until: row.valid_to.toISOString(),
            revokedAt: row.revoked_at?.toISOString() ?? null,
            endReason: row.end_reason_sealed && ctx.services.keys.openText('register', endContext(row.id), row.end_reason_sealed),
            grantedBy: row.granted_by as PersonId,
            mayOpen: explanation.mayOpen,
            conditions: explanation.conditions,
          };
        }),
      };
    },

    async explain(ctx, { secretId, personId }) {
      return (await explainPersons(ctx, secretId, [personId]))(personId).explanation;
    },
  },
  {
    sealed: [sealedGrants],
    reactions: [
      {
        name: 'access.end_of_leaver',
        on: [left],
        // The gate is shut to who has left already; this says of each grant that it ended, and when. A row that somebody else wrote is none.
        async handle(ctx, { data }) {
          const grants = await lockGrantsOf(ctx.tx, String(data['personId']), ctx.now);
          for (const grant of grants.filter((row) => isGenuine(ctx.services.keys, row))) {
            await end(ctx, grant, LEFT);
            const [grantId, secretId, personId] = [grant.id as GrantId, grant.secret_id as SecretId, grant.person_id as PersonId];
            ctx.record(revoked, { grantId, secretId, personId, reason: LEFT });
          }
        },
      },
    ],
  },
);

const LEFT = 'Has left';
function endContext(grantId: string): string {
  return `${reasonContext(grantId)}|end`;
}
async function end({ tx, now, services: { keys } }: Pick<Ctx, 'tx' | 'now' | 'services'>, grant: GrantRow, reason: string): Promise<void> {
  // A row that somebody else wrote must not gain a good seal by being ended.
  const seal = isGenuine(keys, grant) ? sealRow(keys, 'access_grant', sealedOf(grant, now)) : grant.seal;
  await endGrant(tx, grant.id, { at: now, reasonSealed: keys.sealText('register', endContext(grant.id), reason), seal });
}
function isGenuine(keys: KeyRing, grant: GrantRow): boolean {
  return sealHolds(keys, 'access_grant', sealedOf(grant, grant.revoked_at), grant.seal);
}
function sealedOf({ id, secret_id, person_id, valid_from, valid_to }: GrantRow, revokedAt: Date | null) {
  return grantSeal({ id, secretId: secret_id, personId: person_id, from: valid_from, to: valid_to, revokedAt });
}
