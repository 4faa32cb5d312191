import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { register } from '#features/register/contract.ts';
import { vault } from '#features/vault/contract.ts';
import { startHouse } from '#testing/house.ts';

const house = await startHouse({ choresEveryMs: 50 });
const ravi = await house.hire('Ravi', ['owner']);
const eve = await house.hire('Eve', ['employee']);
const { secretId } = await ravi.on(register).enter({ codeName: 'KESTREL', title: 'Firing schedule', tier: 3, ownerId: ravi.id as never });

async function until(holds: () => Promise<boolean>) {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
const { db } = house.services;
const recorded = async (type: string, what = '') => {
  const rows = await db.selectFrom('ledger_entry').select('leaf').where('type', '=', type).execute();
  return rows.filter(({ leaf }) => leaf.includes(what)).length;
};

test('what nobody asks for is done all the same: old tickets go, refusals are counted, what was changed by hand is found', async () => {
  await ravi.on(vault).begin({ secretId, name: 'a.txt', bytes: 3 });
  const tickets = async () => (await db.selectFrom('platform_ticket').select('kind').execute()).length;
  assert.equal(await tickets(), 1);
  house.clock.advance(31_000);
  await until(async () => (await tickets()) === 0);

  for (let i = 0; i < 61; i++) await eve.send(register.show.name, { secretId });
  await until(async () => (await recorded('door.refusals_counted')) > 0);

  const client = new pg.Client(house.owner);
  await client.connect();
  await client.query('delete from register_owner where secret_id = $1', [secretId]);
  await client.end();
  await until(async () => (await recorded('platform.alarmed', 'platform.row_missing')) > 0);
});
