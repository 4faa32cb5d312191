// Runs one bench in a process of its own, so that its heap and its server are no other's.
import { acts } from './acts.ts';
import { check } from './check.ts';
import { door } from './door.ts';
import { extraction } from './extraction.ts';
import { fingerprinting } from './fingerprinting.ts';
import { upload } from './upload.ts';
import { NAMES, type Name } from './names.ts';

const benches = { door, acts, check, upload, extraction, fingerprint: fingerprinting } satisfies Record<Name, () => Promise<unknown>>;

const name = NAMES.find((known) => known === process.argv[2]);
if (!name || !process.send) throw new Error('This is started by bench/main.ts');
// A launcher that died takes us with it: our own children end with us.
process.once('disconnect', () => process.exit(1));
const rows = await benches[name]();
await new Promise((resolve) => process.send!(rows, undefined, undefined, resolve));
process.exit(0);
