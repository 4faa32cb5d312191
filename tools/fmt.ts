// `npm run fmt`: writes every file in the one format.
import { spawnSync } from 'node:child_process';

process.exit(spawnSync('node_modules/.bin/oxfmt', ['.'], { stdio: 'inherit' }).status ?? 1);
