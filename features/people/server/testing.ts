import { SYSTEM } from '#platform/server/actor.ts';
import { pend, writeEntries } from '#platform/server/ledger/outbox.ts';
import type { Services } from '#platform/server/services.ts';
import { joined, type Role } from '../contract.ts';
import { addPerson } from './persons.ts';
import { insertOrganisation } from './store.ts';

/** For tests of all features: a person with these roles, without credentials, in an organisation that is set up. */
export async function hirePerson(services: Services, { name, email, roles }: { name: string; email: string; roles: readonly Role[] }): Promise<string> {
  const now = services.clock.now();
  return services.db.transaction().execute(async (tx) => {
    await insertOrganisation(tx, { name: 'Halvorsen', at: now });
    const invitationId = services.newId('inv');
    const personId = await addPerson({ tx, now, services }, { name, email, roles, invitationId });
    const entry = pend(joined, { personId, invitationId, roles, name, email });
    await writeEntries(tx, [entry], { keys: services.keys, actor: SYSTEM.id, at: now, via: 'people.accept' });
    return personId;
  });
}
