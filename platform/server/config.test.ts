import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { ConfigError, readConfig, SETTINGS } from './config.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'underseal-config-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, mode: number, text = 'x'.repeat(16)) => {
  const at = path.join(folder, name);
  writeFileSync(at, text);
  chmodSync(at, mode);
  return at;
};

test('nothing need be set; what is served then is this machine alone', () => {
  const config = readConfig({});
  assert.deepEqual([config.host, config.port, config.databaseUrl, config.logLevel], ['127.0.0.1', 4380, undefined, 'info']);
  assert.deepEqual(readConfig({ UNDERSEAL_PORT: '', UNDERSEAL_HOST: '' }), config, 'empty is not set');
  assert.ok(Object.isFrozen(config));
});

test('allowed hosts are names, in small letters', () => {
  assert.deepEqual(readConfig({ UNDERSEAL_ALLOWED_HOSTS: ' Secrets.Example , ,b.example' }).allowedHosts, ['secrets.example', 'b.example']);
});

const wrong: [string, Record<string, string>, RegExp][] = [
  ['a port that is none', { UNDERSEAL_PORT: '70000' }, /UNDERSEAL_PORT .*give a number/],
  ['a port in words', { UNDERSEAL_PORT: 'many' }, /UNDERSEAL_PORT/],
  ['a name with a slip', { UNDERSEAL_DATTA: '/x' }, /UNDERSEAL_DATTA is not a setting/],
  ['no URL', { DATABASE_URL: 'mysql://x' }, /DATABASE_URL is not a postgres:/],
  ['half a pair of databases', { DATABASE_APP_URL: 'postgres://a@b/c' }, /DATABASE_APP_URL is set without/],
  ['half a pair for TLS', { UNDERSEAL_TLS_CERT: file('cert.pem', 0o644) }, /go together/],
  ['a passphrase that others read', { UNDERSEAL_PASSPHRASE_FILE: file('open', 0o644) }, /can be read by others: chmod 600/],
  ['a passphrase that is not there', { UNDERSEAL_PASSPHRASE_FILE: path.join(folder, 'none') }, /is not a readable file/],
  ['a passphrase that is too short', { UNDERSEAL_PASSPHRASE_FILE: file('short', 0o600, 'fifteen letters\nand more') }, /shorter than 16 characters: chmod 600/],
  ['two root keys', { UNDERSEAL_PASSPHRASE_FILE: file('shut', 0o600), UNDERSEAL_ROOT_KEY_FILE: '/x' }, /exclude each other/],
  ['the world, without a name', { UNDERSEAL_HOST: '0.0.0.0' }, /UNDERSEAL_ALLOWED_HOSTS is empty/],
  ['a level that is none', { UNDERSEAL_LOG: 'loud' }, /choose fatal/],
];
for (const [name, env, problem] of wrong)
  test(`${name} is refused with its mend`, () => assert.throws(() => readConfig(env), { name: 'ConfigError', message: problem }));

test('all problems are told at once, and none quotes a value', () => {
  const env = { UNDERSEAL_PORT: 'swordfish', DATABASE_URL: 'swordfish', UNDERSEAL_LOG: 'swordfish', UNDERSEAL_NOTHING: 'swordfish' };
  assert.throws(
    () => readConfig(env),
    (error) => error instanceof ConfigError && error.problems.length === 4 && !error.message.includes('swordfish'),
  );
});

test('every setting says what it does and how a wrong one is mended', () => {
  for (const { env, doc, mend } of Object.values(SETTINGS)) assert.ok(/^(UNDERSEAL|DATABASE)_[A-Z_]+$/.test(env) && doc.endsWith('.') && mend.length > 10, env);
});
