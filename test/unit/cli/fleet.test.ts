/** Envoys that ask for what is not there: each is refused, at the cost of one translation for all of them. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseOptions } from '../../../host/cli/args.ts';
import { serve } from '../../../host/cli/commands/serve.ts';
import { Fleet } from '../../../host/cli/fleet.ts';
import { loadPlan } from '../../../host/cli/input.ts';
import { envoyValues } from '../../../host/cli/options.ts';
import { connected } from '../../../host/xds/status.ts';
import { inFolder } from './run-cli.ts';
import { shop } from './shop.ts';

/** What asking says, each with a name of its own, and what the log says. */
async function ask(text: string, count: number, more: readonly string[] = []) {
  return await inFolder(async (folder) => {
    const path = join(folder, 'all.yaml');
    writeFileSync(path, text);
    const args = parseOptions(['-f', path, '--engine', 'native', ...more], serve.options);
    const log: string[] = [];
    const io = {
      stdout: (_: string) => {},
      stderr: (line: string) => log.push(line),
      stdin: async () => '',
      ...{ env: {}, color: false, home: '/nowhere/dist', version: '1.2.3', onStop: () => () => {} },
    };
    const fleet = new Fleet(args, io, await loadPlan(args, io, envoyValues(args, io)));
    const said = new Set<string>();
    try {
      for (let i = 0; i < count; i++)
        await fleet.groupOf({ ...connected(new Date()), id: `e${i}`, cluster: `default/x${i}` }).then(
          () => assert.fail('it is served'),
          ({ message }: Error) => said.add(message.replace(/x\d+/, 'x')),
        );
    } finally {
      fleet.close();
    }
    return { said: [...said], log };
  });
}

test('ever new Gateways that are not there fill neither the log nor the memory', async () => {
  const { said, log } = await ask(shop, 300);
  assert.deepEqual(said, ['there is no Gateway default/x in the input. Gateways of the input: default/eg.']);
  assert.equal(log.length, 101);
  assert.match(log.at(-1)!, /not named until the input changes/);
});

test('with --keep-going an Envoy whose Gateway is refused is not served an empty configuration', async () => {
  const broken = shop.replace('kind: Gateway\n', 'kind: Gatewayy\n');
  assert.notEqual(broken, shop);
  const { said } = await ask(broken, 1, ['--keep-going']);
  assert.match(said[0]!, /^there is no Gateway default\/x in the input, which is refused: /);
});
