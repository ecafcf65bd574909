/** What `serve` reads and translates for those that ask: once for all, also for what is not there. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseOptions } from '../../../host/cli/args.ts';
import { serve } from '../../../host/cli/commands/serve.ts';
import { Fleet } from '../../../host/cli/fleet.ts';
import { loadPlan } from '../../../host/cli/input.ts';
import { envoyValues } from '../../../host/cli/options.ts';
import { Stopwatch } from '../../../host/fleet/stopwatch.ts';
import { connected } from '../../../host/xds/envoy-status.ts';
import { eventually } from '../../support/eventually.ts';
import { inFolder } from './run-cli.ts';
import { shop } from './shop.ts';

interface Made {
  readonly fleet: Fleet;
  /** Of the input. */
  readonly path: string;
  readonly log: readonly string[];
}

function withFleet<T>(
  text: string,
  use: (made: Made) => Promise<T>,
  more: readonly string[] = [],
): Promise<T> {
  return inFolder(async (folder) => {
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
    const translations = new Stopwatch();
    const first = await translations.time(() => loadPlan(args, io, envoyValues(args, io)));
    const fleet = new Fleet(args, io, first, { translations });
    try {
      return await use({ fleet, path, log });
    } finally {
      fleet.close();
    }
  });
}

/** What asking says, each with a name of its own, and what the log says. */
const ask = (text: string, count: number, more: readonly string[] = []) =>
  withFleet(
    text,
    async ({ fleet, log }) => {
      const said = new Set<string>();
      for (let i = 0; i < count; i++)
        await fleet.groupOf({ ...connected(new Date()), id: `e${i}`, cluster: `default/x${i}` }).then(
          () => assert.fail('it is served'),
          ({ message }: Error) => said.add(message.replace(/x\d+/, 'x')),
        );
      return { said: [...said], log };
    },
    more,
  );

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

test('what was checked at the start is what the first Envoy gets: it is not read and translated again', async () => {
  await withFleet(shop, async ({ fleet, path }) => {
    rmSync(path);
    const { snapshot } = await fleet.groupOf({ ...connected(new Date()), id: 'e', cluster: '' });
    assert.ok(snapshot.resources.rds.size > 0);
    fleet.filesChanged();
    await assert.rejects(
      fleet.groupOf({ ...connected(new Date()), id: 'e', cluster: 'default/x' }),
      /refused/,
    );
  });
});

test('what is shown as in force is the input of what is served, while the files are no good', async () => {
  await withFleet(shop, async ({ fleet, path, log }) => {
    await fleet.groupOf({ ...connected(new Date()), id: 'e', cluster: '' });
    writeFileSync(path, shop.replace('kind: HTTPRoute\n', 'kind: HTTPRout\n'));
    fleet.filesChanged();
    await eventually('it is refused', () => assert.match(log.join(''), /what Envoy has stays/));
    const { configuration, loaded } = fleet.inForce('')!;
    assert.equal(loaded.model.httpRoutes.length, 1);
    assert.equal(loaded.refused, false);
    assert.ok(configuration.resources.rds.size > 0);
  });
});

test('each translation is counted: at the start, for a Gateway, after a change, and a refused one', async () => {
  await withFleet(shop, async ({ fleet, path, log }) => {
    const count = () => {
      const { body } = fleet.page('/metrics', { sentBytes: new Map(), certificates: [] })!;
      return Number(/^loadstar_server_translation_seconds_count (\d+)$/m.exec(body)?.[1]);
    };
    assert.equal(count(), 1);
    for (const cluster of ['', '', 'default/eg', 'default/eg'])
      await fleet.groupOf({ ...connected(new Date()), id: 'e', cluster });
    assert.equal(count(), 2);
    writeFileSync(path, shop.replace('kind: HTTPRoute\n', 'kind: HTTPRout\n'));
    fleet.filesChanged();
    await eventually('both are refused', () => assert.equal(count(), 4, log.join('')));
  });
});
