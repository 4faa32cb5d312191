import type { Page } from 'playwright-core';
import type { Server } from '#apps/server/server.ts';
import { ROLE_PERMISSIONS, type Role } from '#features/people/contract.ts';
import { startSession } from '#features/people/server/sessions.ts';
import { hirePerson } from '#features/people/server/testing.ts';
import type { Actor } from '#platform/server/actor.ts';
import { SESSION_COOKIE } from '#platform/server/http/parts.ts';

/** Somebody who works here, with one role. */
export async function hire({ house: { services } }: Server, name: string, role: Role): Promise<Actor> {
  const email = `${name.toLowerCase().replaceAll(' ', '.')}@halvorsen.example`;
  const id = await hirePerson(services, { name, email, roles: [role] });
  return { kind: 'person', id, permissions: new Set(ROLE_PERMISSIONS[role]), address: '127.0.0.1' };
}

/** From here on the browser is this person's. */
export async function signIn(page: Page, { house: { services }, url }: Server, actor: Actor): Promise<void> {
  const { sessionToken } = await services.db
    .transaction()
    .execute((tx) => startSession({ tx, now: services.clock.now(), services, actor }, { personId: actor.id, kind: 'browser', strong: true }));
  await page.context().clearCookies();
  await page.context().addCookies([{ name: SESSION_COOKIE, value: sessionToken, url, httpOnly: true, sameSite: 'Strict' }]);
}
