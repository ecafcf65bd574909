/**
 * What `loadstar run` has learnt outlives a change: weights by load reports, the homes of sticky keys,
 * counters and gauges. Built tables are kept too, which no request can tell: test/unit/wasm/reload.test.ts
 * counts them.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type Backend, type Reply, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1 } from '../../demo/fakes/http1.ts';
import { MOST_IN_ONE } from '../../host/filter/parts.ts';
import { calm } from '../support/calm.ts';
import { eventually, sleep } from '../support/eventually.ts';
import { LiveRun } from '../support/live-run.ts';
import { manyRoutes } from '../support/live-world.ts';
import { consistentHash, gateway, httpRoute, type Manifest, policy, service } from '../support/manifests.ts';

const PORT = 28_095;
/** An answer that takes a little: of one that takes nothing, each millisecond more is slow. */
const REST_MS = 5;
let hosts: Backend[] = [];
before(async () => {
  hosts = await startBackends([31, 32, 33, 34, 35].map((n) => `127.0.0.${n}`));
});
after(() => stopAll(hosts));

/** What each host reports, and how long its answer takes. */
let loads: number[] = [];
let delayMs = 0;
beforeEach(() => {
  loads = [];
  delayMs = 0;
  for (const [i, host] of hosts.entries())
    host.reply = (): Reply => {
      const load = loads[i];
      const headers = [['endpoint-load-metrics', `TEXT cpu_utilization=${load}`]] as const;
      return { delayMs, headers: load === undefined ? [] : headers };
    };
});

interface World {
  readonly count?: number;
  /** Further pools at the listener. */
  readonly many?: number;
  readonly keepResponseHeaders?: boolean;
}
function manifests({ count = 4, many = 0, keepResponseHeaders }: World = {}): Manifest[] {
  const [gatewayClass, { spec, ...rest } = {} as Manifest] = gateway() as [Manifest, Manifest];
  const listeners = [{ name: 'http', protocol: 'HTTP', port: PORT }];
  const sticky = policy('sticky', consistentHash({ type: 'Header', header: { name: 'x-key' } }));
  return [
    gatewayClass,
    { ...rest, spec: { ...(spec as object), listeners } },
    ...service('backend', hosts.slice(0, count)),
    ...manyRoutes(many),
    httpRoute({ name: 'sticky' }),
    {
      ...sticky,
      metadata: { ...(sticky.metadata as object), annotations: { 'loadstar/utilization-target': '0.5' } },
    },
    httpRoute({ name: 'load' }),
    policy('load', {
      loadBalancer: {
        type: 'BackendUtilization',
        backendUtilization: { blackoutPeriod: '1s', weightUpdatePeriod: '1s', keepResponseHeaders },
      },
    }),
  ];
}

/** Hosts that answer `count` requests, at most `parallel` at a time; keys go round. */
async function send(path: string, count: number, parallel = 4, keys = 300): Promise<string[]> {
  const agent = connections(parallel);
  const found: string[] = [];
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) {
      const n = next++;
      const headers = [['x-key', `key-${n % keys}`]] as const;
      found[n] = backendOf(await http1({ port: PORT, path, headers, agent }));
    }
  };
  await Promise.all(Array.from({ length: parallel }, one));
  agent.destroy();
  return found;
}
/**
 * Does it while a trickle of requests goes on: after ten seconds without reports a host takes its keys back,
 * and on a busy machine a change may take so long.
 */
async function reporting(work: () => Promise<unknown>): Promise<void> {
  let done = false;
  const trickle = async (): Promise<void> => {
    while (!done) {
      // A connection may end with the listener that is replaced.
      await send('/sticky', 40, 1).catch(() => []);
      await sleep(200);
    }
  };
  const all = trickle();
  try {
    await work();
  } finally {
    done = true;
    await all;
  }
}
const part = (of: readonly string[], host: Backend): number =>
  of.filter((name) => name === host.name).length / of.length;

const stats = (run: LiveRun): Promise<Record<string, number>> => run.admin.filterStats();
async function gauge(run: LiveRun, what: string, host: Backend): Promise<number> {
  const all = await stats(run);
  const names = Object.keys(all).filter(
    (name) => name.startsWith(`loadstar_host_${what}.`) && name.endsWith(`.host.${host.host}`),
  );
  assert.equal(names.length, 1, `${what} of ${host.host}: ${names.join()}`);
  return all[names[0] as string] as number;
}

test('weights by load reports stay, over a new host and over another configuration of the report filter', async (t) => {
  loads = [0.9, 0.3, 0.3, 0.3, 0.3];
  const run = await LiveRun.start(manifests());
  try {
    const [hot, fresh] = [hosts[0] as Backend, hosts[4] as Backend];
    const shares: number[] = [];
    await eventually(
      'the hot host has little',
      async () => {
        shares.push(part(await send('/load', 600), hot));
        assert.ok(shares.length > 3 && shares.slice(-3).every((each) => each < 0.05), `${shares}`);
      },
      120_000,
    );
    const kept = async (what: string): Promise<void> => {
      shares.length = 0;
      for (let i = 0; i < 4; i++) shares.push(part(await send('/load', 600), hot));
      t.diagnostic(`${what}: ${shares.map((each) => each.toFixed(3)).join(' ')}`);
      // Equal weights would give it a fifth, and weights by this report alone 8 %.
      const mean = shares.reduce((sum, each) => sum + each / shares.length, 0);
      assert.ok(mean < 0.056, `${what}: ${shares}`);
    };
    const reports = (await stats(run)).loadstar_reports_text_repaired_total as number;
    assert.match(await run.change(manifests({ count: 5 })), /\+127\.0\.0\.35/);
    await kept('a host is added');
    await eventually('the new host shows', async () => assert.ok((await gauge(run, 'rps_milli', fresh)) > 0));
    assert.match(
      await run.change(manifests({ count: 5, keepResponseHeaders: true })),
      /policy|route|changed/i,
    );
    await kept('the report filter is configured anew');
    assert.ok(((await stats(run)).loadstar_reports_text_repaired_total as number) >= reports + 8 * 600);
  } finally {
    await run.stop();
  }
});

test('a key that was shed stays where it went, counters go on, and a host that is gone shows 0', async (t) => {
  // One worker: each decides by the reports that it has seen itself, and a connection may come to any of
  // them.
  const run = await LiveRun.start(manifests(), ['--concurrency', '1']);
  try {
    const [hot, guest] = [hosts[0] as Backend, hosts[4] as Backend];
    // So many at a time a host may always have.
    const keys = (): Promise<string[]> => send('/sticky', 300, 3);
    const calmKeys = (): Promise<string[]> => calm(run.admin, keys);
    const shedNow = (): Promise<number> => gauge(run, 'shed_permille', hot);
    loads = [0.5, 0.2, 0.2, 0.2, 0.2];
    delayMs = REST_MS;
    let home: string[] = [];
    await eventually('all keys are at home', async () => {
      home = await calmKeys();
      for (const host of hosts.slice(0, 4))
        assert.equal(await gauge(run, 'shed_permille', host), 0, host.name);
      assert.deepEqual(await calmKeys(), home, 'the same again');
    });
    let shown = -1;
    let away: string[] = [];
    await eventually(
      'it sheds by its reports alone',
      async () => {
        loads[0] = 0.95;
        delayMs = 20;
        for (let i = 0; i < 4; i++) await send('/sticky', 300, 16);
        // At its target a host neither sheds more nor takes back. What it sheds for slow answers, on a busy
        // machine too, is back within seconds.
        loads[0] = 0.5;
        delayMs = REST_MS;
        await keys();
        shown = await shedNow();
        away = await calmKeys();
        const then = await shedNow();
        assert.ok(shown === then && shown > 200, `${shown}, then ${then}`);
        const shed = home.flatMap((host, n) => (away[n] !== host ? [n] : []));
        assert.ok(
          shed.length > 10 && shed.every((n) => home[n] === hot.name),
          `${shed.length} keys were shed`,
        );
      },
      120_000,
    );
    const shed = home.flatMap((host, n) => (away[n] !== host ? [n] : []));
    const asBefore = (what: string) =>
      eventually(
        what,
        async () => {
          const found = await calmKeys();
          assert.equal(await shedNow(), shown, what);
          assert.deepEqual(found, away, what);
        },
        60_000,
      );
    await asBefore('nothing changed');

    for (const many of [MOST_IN_ONE, 0]) {
      await reporting(() => run.change(manifests({ many }), /drains: .* acknowledged/));
      await asBefore(`with ${many} further pools`);
    }

    await reporting(() => run.change(manifests({ count: 5 })));
    let during: string[] = [];
    await eventually(
      'it sheds as before',
      async () => {
        const before = await run.admin.settledStats();
        during = await keys();
        const now = await run.admin.settledStats();
        assert.equal(await shedNow(), shown);
        const back = shed.filter((n) => during[n] === hot.name);
        const stayed = shed.filter((n) => during[n] === away[n] || during[n] === guest.name);
        t.diagnostic(
          `${shed.length} keys were shed; ${back.length} came back, ${stayed.length} stayed or went on`,
        );
        assert.deepEqual(back, []);
        assert.ok(stayed.length > shed.length * 0.7, `${stayed.length} of ${shed.length} stayed or went on`);
        const more = (name: string): number => (now[name] ?? 0) - (before[name] ?? 0);
        assert.equal(more('loadstar_picks_total'), 300);
        const atHome = more('loadstar_sticky_home_total');
        assert.ok(atHome > 0 && atHome < 300, `${atHome} at home`);
      },
      60_000,
    );

    // One request is under way at the guest while it goes.
    delayMs = 3_000;
    const key = `key-${during.indexOf(guest.name)}`;
    const slow = http1({ port: PORT, path: '/sticky', headers: [['x-key', key]] });
    await eventually('it is under way', async () => assert.equal(await gauge(run, 'in_flight', guest), 1));
    delayMs = REST_MS;
    await reporting(() => run.change(manifests()));
    await asBefore('the guest is gone');
    assert.equal(backendOf(await slow), guest.name);
    for (const what of ['in_flight', 'shed_permille'])
      await eventually(`${what} is 0`, async () => assert.equal(await gauge(run, what, guest), 0));
  } finally {
    await run.stop();
  }
});
