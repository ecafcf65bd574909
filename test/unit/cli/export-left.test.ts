/** What an earlier `export -o` wrote and this one does not, goes. What it did not write stays. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hashedModule } from '../../../host/export/modules.ts';
import { cli } from '../../support/translate.ts';
import { inFolder } from './run-cli.ts';
import { shop } from './shop.ts';

const byLoad = `${shop.slice(0, shop.indexOf('  loadBalancer:'))}  loadBalancer: {type: BackendUtilization, backendUtilization: {}}\n`;

async function exported(folder: string, to: string, text: string): Promise<string> {
  writeFileSync(join(folder, 'in.yaml'), text);
  const args = ['export', '--to', to, '-f', join(folder, 'in.yaml'), '-o', join(folder, 'out')];
  const { code, stdout, stderr } = await cli(args);
  assert.equal(code, 0, stderr);
  return stdout;
}
const names = (folder: string): string[] => readdirSync(join(folder, 'out')).sort();

for (const to of ['envoy-gateway', 'istio'])
  test(`${to}: the module goes when nothing needs it`, () =>
    inFolder(async (folder) => {
      assert.doesNotMatch(await exported(folder, to, byLoad), /removed/);
      assert.deepEqual(names(folder), ['1-module.yaml', '2-policies.yaml']);
      assert.match(await exported(folder, to, shop), /1-module\.yaml: removed, no longer needed\n$/);
      assert.deepEqual(names(folder), ['2-policies.yaml']);
      assert.doesNotMatch(await exported(folder, to, shop), /removed/);
    }));

test('a file of that name that was not written here stays, and so does a link', () =>
  inFolder(async (folder) => {
    await exported(folder, 'istio', byLoad);
    const [module, kept] = [join(folder, 'out', '1-module.yaml'), join(folder, 'kept.yaml')];
    const written = readFileSync(module, 'utf8');
    const note = '# Not what was Written by loadstar 1.0 export for us.\n# Written by loadstar fans.\n';
    const others = [
      '',
      note,
      'kind: ConfigMap\n',
      `kind: ConfigMap\nmetadata: {name: mine}\n---\n${written}`,
    ];
    for (const text of others) {
      writeFileSync(module, text);
      assert.doesNotMatch(await exported(folder, 'istio', shop), /removed/);
      assert.equal(readFileSync(module, 'utf8'), text);
    }
    renameSync(module, kept);
    writeFileSync(kept, written);
    symlinkSync(kept, module);
    assert.doesNotMatch(await exported(folder, 'istio', shop), /removed/);
    assert.equal(readFileSync(module, 'utf8'), written);
  }));

test('files: those of a listener that is gone, and a module one time later', () =>
  inFolder(async (folder) => {
    const out = join(folder, 'out');
    await exported(
      folder,
      'envoy-files',
      shop.replaceAll('name: eg}', 'name: old}').replace('- name: eg\n', '- name: old\n'),
    );
    const before = names(folder);
    const routes = before.find((name) => name.endsWith('.rds.json'))!;
    // The user's own: a name like ours, a copy of ours, and modules, of which one says a false hash.
    const own = ['shop.rds.json', `copy.${routes}`, 'mine.wasm', 'loadstar-0123456789.wasm'];
    writeFileSync(join(out, own[0]!), '{"resources": [{"name": "shop"}]}');
    copyFileSync(join(out, routes), join(out, own[1]!));
    for (const name of own.slice(2)) writeFileSync(join(out, name), 'x');
    const old = hashedModule('loadstar-pick.wasm', Buffer.from('an old one')).file;
    writeFileSync(join(out, old), 'an old one');
    const filter = join(out, before.find((name) => name.endsWith('.filter.json'))!);
    writeFileSync(filter, readFileSync(filter, 'utf8').replace(/loadstar-pick-[0-9a-f]+\.wasm/, old));

    const said = await exported(folder, 'envoy-files', shop);
    assert.match(said, new RegExp(`/${routes}: removed`));
    const wanted = before.map((name) => name.replace('default_old_', 'default_eg_'));
    assert.deepEqual(names(folder), [...wanted, ...own, old].sort());
    assert.match(await exported(folder, 'envoy-files', shop), new RegExp(`/${old}: removed`));
    assert.deepEqual(names(folder), [...wanted, ...own].sort());
  }));

test('files: a pipe that has the name of one is not waited for', () =>
  inFolder(async (folder) => {
    await exported(folder, 'envoy-files', shop);
    const before = names(folder);
    execFileSync('mkfifo', [join(folder, 'out', 'pipe.rds.json')]);
    await exported(folder, 'envoy-files', shop);
    assert.deepEqual(names(folder), [...before, 'pipe.rds.json'].sort());
  }));
