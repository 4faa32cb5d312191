import { recover } from '#features/people/server/recovering.ts';
import { openPresentRoot } from '#platform/server/root-key.ts';
import { readConfig } from '#platform/server/config.ts';
import { openPool } from '#platform/server/db.ts';
import { newId } from '#platform/server/ids.ts';
import { createKeyStore } from '#platform/server/key-store.ts';
import { openKeyRing } from '#platform/server/keys.ts';
import { systemClock } from '#platform/server/ports.ts';
import { readPassword } from './files.ts';
import { CliError, say, writeJson, type Common, type Io } from './io.ts';
import { openHere } from './present.ts';

export interface RecoverOptions extends Common {
  readonly email: string;
  readonly passwordFile: string;
  readonly reason: string;
  readonly withoutApp?: boolean;
}

/** On the machine of the server, with its data folder and root key: lets somebody in again whom no link helps. The server may run or rest. */
export async function recoverPerson(io: Io, { email, passwordFile, reason, withoutApp = false, json }: RecoverOptions): Promise<number> {
  if (reason.trim().length < 5) throw new CliError('usage', 'Cannot do this: say in a few words why, it stands in the ledger', 'Give --reason "...".');
  const config = readConfig(io.env);
  const password = await readPassword(io, passwordFile);
  const place = await openHere(config);
  const pool = openPool(place.owner, { max: 2, onError: () => undefined });
  try {
    const root = await openPresentRoot(config);
    const keys = await openKeyRing(root, createKeyStore(pool.db));
    root.close();
    const services = { keys, newId, alarm: (code: string) => say(io, `Alarm: ${code}. A row was changed from outside; look at the ledger.`) };
    const { inDoubt, hadApp } = await recover({ db: pool.db, now: systemClock.now(), services }, { email, password, withoutApp, reason: reason.trim() });
    say(
      io,
      [
        `${email} has the new password. Every session of theirs has ended, and the ledger says that it was done here.`,
        ...tellRest({ inDoubt, hadApp, withoutApp }),
      ].join('\n'),
    );
    if (json) writeJson(io, { email, inDoubt, app: hadApp && !withoutApp });
    return 0;
  } finally {
    await pool.close();
    await place.close();
  }
}

function tellRest({ inDoubt, hadApp, withoutApp }: { inDoubt: boolean; hadApp: boolean; withoutApp: boolean }): string[] {
  const app = !hadApp
    ? []
    : withoutApp
      ? ['The app is taken away: add one anew under My sign-in.']
      : ['The app stays and is asked for; if the phone is lost: --without-app'];
  return [...app, ...(inDoubt ? ['Everything stays closed to them until somebody else confirms under People that it is they.'] : [])];
}
