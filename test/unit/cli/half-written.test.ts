/** What a command that was killed left in the middle of writing goes with the next one. All else stays. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeHalfWritten } from '../../../host/cli/half-written.ts';
import { issue, tlsSecret } from '../../support/certificates.ts';
import { render } from '../../support/manifests.ts';
import { cli } from '../../support/translate.ts';
import { inFolder } from './run-cli.ts';
import { shop } from './shop.ts';

const gone = spawnSync('true').pid;
const yesterday = new Date(Date.now() - 86_400_000);
const left = (folder: string, name: string, pid = gone): string => {
  const file = `.${name}.${pid}.tmp`;
  writeFileSync(join(folder, file), 'half');
  utimesSync(join(folder, file), yesterday, yesterday);
  return file;
};
const temporary = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.tmp'));

test('only regular files go, of a process that is gone, with our names, and not at once', () =>
  inFolder(async (folder) => {
    left(folder, 'a.yaml');
    const kept = [left(folder, 'a.yaml', process.pid), left(folder, 'b.yaml'), `.a.yaml.x${gone}.tmp`];
    writeFileSync(join(folder, kept.at(-1)!), 'somebody else has such names too');
    const young = `.a.yaml.0${gone}.tmp`;
    writeFileSync(join(folder, young), 'of a process on another machine?');
    const link = `.a.yaml.00${gone}.tmp`;
    symlinkSync(join(folder, 'b'), join(folder, link));
    mkdirSync(join(folder, `.a.yaml.000${gone}.tmp`));
    kept.push(young, link, `.a.yaml.000${gone}.tmp`);
    removeHalfWritten(folder, (name) => name === 'a.yaml');
    assert.deepEqual(temporary(folder), kept.sort());
    removeHalfWritten(join(folder, 'nowhere'), () => true);
  }));

const https = shop.replace(
  '- {name: http, protocol: HTTP, port: 80}',
  '- {name: http, protocol: HTTPS, port: 443, tls: {certificateRefs: [{name: shop}]}}',
);
const withCertificate = (): string => {
  const secret = tlsSecret('shop', issue({ name: 'shop', dnsNames: ['shop.example.com'] }));
  return `${https}---\n${render([secret])}`;
};
const input = withCertificate();

const commands: readonly (readonly [string, (input: string, out: string) => string[]])[] = [
  ['translate', (file, out) => ['translate', '-f', file, '-o', join(out, 'envoy.yaml')]],
  [
    'bootstrap',
    (_, out) => ['bootstrap', '--xds', '127.0.0.1:1', '--node', 'e', '-o', join(out, 'start.yaml')],
  ],
  ...['envoy-gateway', 'istio', 'envoy-files'].map(
    (to) =>
      [`export ${to}`, (file: string, out: string) => ['export', '--to', to, '-f', file, '-o', out]] as const,
  ),
];
for (const [what, argsOf] of commands)
  test(`${what}: what is half written beside its files goes`, () =>
    inFolder(async (folder) => {
      const [file, out] = [join(folder, 'in.yaml'), join(folder, 'out')];
      mkdirSync(out);
      writeFileSync(file, what.startsWith('export') && !what.endsWith('files') ? shop : input);
      const run = async () => {
        const { code, stderr } = await cli(argsOf(file, out));
        assert.equal(code, 0, stderr);
      };
      await run();
      const folders = readdirSync(out, { recursive: true, withFileTypes: true });
      const files = folders.filter((entry) => entry.isFile());
      assert.ok(files.length > 0);
      for (const { parentPath, name } of files) left(parentPath, name);
      const mine = left(out, 'mine');
      await run();
      assert.deepEqual(
        readdirSync(out, { recursive: true }).filter((name) => `${name}`.endsWith('.tmp')),
        [mine],
      );
    }));

test('export: half of a key whose certificate was renewed meanwhile goes', () =>
  inFolder(async (folder) => {
    const [file, out] = [join(folder, 'in.yaml'), join(folder, 'out')];
    writeFileSync(file, input);
    const run = () => cli(['export', '--to', 'envoy-files', '-f', file, '-o', out]);
    assert.equal((await run()).code, 0);
    const tls = join(out, 'tls');
    const [old] = readdirSync(tls).filter((name) => name.endsWith('.key'));
    renameSync(join(tls, old!), join(tls, left(tls, old!)));
    utimesSync(join(tls, temporary(tls)[0]!), yesterday, yesterday);
    writeFileSync(file, withCertificate());
    assert.equal((await run()).code, 0);
    assert.deepEqual(temporary(tls), []);
    assert.ok(readdirSync(tls).some((name) => name.endsWith('.key') && name !== old));
  }));
