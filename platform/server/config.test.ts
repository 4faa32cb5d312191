import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  ['a port that is none', { UNDERSEAL_PORT: '70000' }, /- UNDERSEAL_PORT is no port: give a number from 1 to 65535$/],
  ['a port in words', { UNDERSEAL_PORT: 'many' }, /- UNDERSEAL_PORT is no port: /],
  ['a port that is half one', { UNDERSEAL_PORT: '80.5' }, /- UNDERSEAL_PORT is no port: /],
  ['an address that is none', { UNDERSEAL_HOST: 'nonsense' }, /- UNDERSEAL_HOST is no IP address: give an IP address/],
  [
    'a name with a scheme and a port',
    { UNDERSEAL_ALLOWED_HOSTS: 'a.example, https://x:3' },
    /- UNDERSEAL_ALLOWED_HOSTS names something that is no host name: give host names/,
  ],
  ['a name with a port', { UNDERSEAL_ALLOWED_HOSTS: 'a.example:443' }, /UNDERSEAL_ALLOWED_HOSTS/],
  ['data where a file is', { UNDERSEAL_DATA: file('data', 0o600) }, /- UNDERSEAL_DATA is no folder that can be written, or made, by this user: name a folder/],
  ['data below a file', { UNDERSEAL_DATA: path.join(file('data2', 0o600), 'below', 'it') }, /UNDERSEAL_DATA is no folder/],
  ['a name with a slip', { UNDERSEAL_DATTA: '/x' }, /UNDERSEAL_DATTA is not a setting/],
  ['no URL', { DATABASE_URL: 'mysql://x' }, /DATABASE_URL is not a postgres:/],
  ['half a pair of databases', { DATABASE_APP_URL: 'postgres://a@b/c' }, /DATABASE_APP_URL is set without/],
  ['half a pair for TLS', { UNDERSEAL_TLS_CERT: file('cert.pem', 0o644) }, /go together/],
  ['a passphrase that others read', { UNDERSEAL_PASSPHRASE_FILE: file('open', 0o644) }, /can be read by others: chmod 600/],
  ['a passphrase that is not there', { UNDERSEAL_PASSPHRASE_FILE: path.join(folder, 'none') }, /is not a readable file/],
  ['a passphrase that is too short', { UNDERSEAL_PASSPHRASE_FILE: file('short', 0o600, 'fifteen letters\nand more') }, /shorter than 16 characters: chmod 600/],
  ['two root keys', { UNDERSEAL_PASSPHRASE_FILE: file('shut', 0o600), UNDERSEAL_ROOT_KEY_FILE: '/x' }, /exclude each other/],
  ['the world, without a name', { UNDERSEAL_HOST: '0.0.0.0' }, /UNDERSEAL_ALLOWED_HOSTS is empty/],
  [
    'the world, in clear',
    { UNDERSEAL_HOST: '0.0.0.0', UNDERSEAL_ALLOWED_HOSTS: 'a.example' },
    /passwords would travel in clear: set UNDERSEAL_TLS_CERT and UNDERSEAL_TLS_KEY, or name the proxy/,
  ],
  ['a certificate that is none', { UNDERSEAL_TLS_CERT: file('a.pem', 0o644), UNDERSEAL_TLS_KEY: file('a.key', 0o600) }, /are no pair in PEM/],
  ['a root key that others read', { UNDERSEAL_ROOT_KEY_FILE: file('root.key', 0o644) }, /UNDERSEAL_ROOT_KEY_FILE can be read by others/],
  ['a root key below a file', { UNDERSEAL_ROOT_KEY_FILE: path.join(file('data4', 0o600), 'root.key') }, /UNDERSEAL_ROOT_KEY_FILE lies in no folder/],
  ['a level that is none', { UNDERSEAL_LOG: 'loud' }, /- UNDERSEAL_LOG is no level of logging: choose fatal/],
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

test('every wrong setting is named at once, each in one sentence of ours', () => {
  const nothing = path.join(folder, 'none');
  const env = {
    UNDERSEAL_DATA: path.join(file('data3', 0o600), 'x'),
    UNDERSEAL_HOST: 'nonsense',
    UNDERSEAL_PORT: '99999',
    UNDERSEAL_ALLOWED_HOSTS: 'https://x:3',
    UNDERSEAL_TRUSTED_PROXIES: 'nobody',
    DATABASE_URL: 'x',
    DATABASE_APP_URL: 'x',
    UNDERSEAL_PASSPHRASE_FILE: nothing,
    UNDERSEAL_TLS_CERT: nothing,
    UNDERSEAL_TLS_KEY: nothing,
    UNDERSEAL_LOG: 'x',
  };
  assert.throws(
    () => readConfig(env),
    (error) => {
      assert.ok(error instanceof ConfigError);
      for (const name of Object.keys(env))
        assert.ok(
          error.problems.some((problem) => problem.startsWith(`${name} `)),
          name,
        );
      for (const problem of error.problems) assert.doesNotMatch(problem, /expected|received|invalid|too (big|small)|undefined|NaN|<=|>=/i, problem);
      return true;
    },
  );
});

test('a folder that is to be made is one where it can be made', { skip: process.getuid?.() === 0 && 'root may write anywhere' }, () => {
  const shut = path.join(folder, 'shut');
  mkdirSync(shut, { mode: 0o500 });
  assert.throws(() => readConfig({ UNDERSEAL_DATA: path.join(shut, 'data') }), /UNDERSEAL_DATA is no folder/);
});

test('names and addresses as browsers send them are taken', () => {
  const hosts = 'localhost,secrets.example.com,10.0.0.7,[2001:db8::1],my_box';
  assert.deepEqual(readConfig({ UNDERSEAL_ALLOWED_HOSTS: hosts }).allowedHosts, hosts.split(','));
  for (const host of ['0.0.0.0', '::', '::1', 'localhost'])
    assert.equal(readConfig({ UNDERSEAL_HOST: host, UNDERSEAL_ALLOWED_HOSTS: 'a.example', UNDERSEAL_TRUSTED_PROXIES: '127.0.0.1' }).host, host);
  assert.equal(readConfig({ UNDERSEAL_DATA: path.join(folder, 'not', 'there', 'yet') }).data, path.join(folder, 'not', 'there', 'yet'));
});

test('every setting says what it does and how a wrong one is mended', () => {
  for (const { env, doc, mend } of Object.values(SETTINGS)) assert.ok(/^(UNDERSEAL|DATABASE)_[A-Z_]+$/.test(env) && doc.endsWith('.') && mend.length > 10, env);
});
