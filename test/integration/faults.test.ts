/**
 * What a client sees while things break, on a real Envoy: backends that die and come back under load, all of
 * them unhealthy, a VM that traps in the middle of many requests, a configuration that the filter refuses,
 * forwarded client addresses. docs/FAULTS.md has the results.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1, type Response } from '../../demo/fakes/http1.ts';
import { assemble } from '../support/assemble.ts';
import { type Engines, inParallel, startEngines } from '../support/engines.ts';
import { type Bootstrap, Envoy } from '../support/envoy.ts';
import { eventually, sleep } from '../support/eventually.ts';
import {
  consistentHash,
  gateway,
  httpRoute,
  policy,
  quickCheck,
  render,
  service,
} from '../support/manifests.ts';
import { cli, translate } from '../support/translate.ts';

const addresses = [11, 12, 13, 14, 15].map((n) => `127.0.0.${n}`);
const byHeader = consistentHash({ type: 'Header', header: { name: 'X-Key' } });
const utilization = { loadBalancer: { type: 'BackendUtilization', backendUtilization: {} } };
const retry = {
  numRetries: 5,
  retryOn: { triggers: ['connect-failure', 'reset', 'refused-stream'] },
  perRetry: { timeout: '5s', backOff: { baseInterval: '10ms', maxInterval: '50ms' } },
};

let backends: Backend[] = [];
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loadstar-faults-'));
  backends = await startBackends(addresses);
});
after(async () => {
  await stopAll(backends);
  rmSync(folder, { recursive: true, force: true });
});

/**
 * Kills one backend after the other and starts it again at its port, until the work is done; the next one
 * dies after 60 more answers, so that on any machine a request meets few of the kills. How often that was.
 */
async function restarting(work: Promise<unknown>, answered: () => number): Promise<number> {
  let running = true;
  const done = work.finally(() => {
    running = false;
  });
  let kills = 0;
  for (let i = 0; running; i = (i + 1) % backends.length) {
    const { address, port, name } = backends[i]!;
    await backends[i]!.stop();
    kills++;
    await sleep(50);
    backends[i] = await eventually(`${name} starts again`, () => Backend.start({ address, port, name }));
    backends[i]!.reply = () => ({ delayMs: 2 });
    for (const then = answered(); running && answered() < then + 60; ) await sleep(5);
  }
  await done;
  return kills;
}

test('backends killed and started again under load, with retries: no client sees an error', async (t) => {
  for (const backend of backends) backend.reply = () => ({ delayMs: 2 });
  const routes = { header: byHeader, utilization, round: { loadBalancer: { type: 'RoundRobin' } } };
  const engines = await startEngines([
    ...gateway(),
    ...service('backend', backends),
    ...Object.entries(routes).flatMap(([name, spec]) => [
      httpRoute({ name }),
      policy(name, { ...spec, retry }),
    ]),
    httpRoute({ name: 'once' }),
    policy('once', byHeader),
  ]);
  const agent = connections(16);
  let answered = 0;
  const load = (path: string) =>
    inParallel(new Array(1_000).fill(0), 16, async (_, i) => {
      const { status, body } = await http1({
        port: engines.filter.port(),
        path,
        headers: [['X-Key', `key-${i}`]],
        agent,
      });
      answered++;
      return status === 200 ? undefined : `${status} ${body}`;
    });
  try {
    for (const name of [...Object.keys(routes), 'once']) {
      const answers = load(`/${name}`);
      const kills = await restarting(answers, () => answered);
      const bodies = (await answers).filter((body) => body !== undefined);
      const errors = bodies.length;
      const saved = await count(
        engines.filter,
        `httproute/default/${name}/rule/0\\.upstream_rq_retry_success$`,
      );
      t.diagnostic(
        `${name}: ${kills} kills, ${errors} of 1000 answers are errors, ${saved} requests saved by a retry`,
      );
      if (name === 'once') {
        // The control: without retries the same kills are seen, so the loads above have met them too.
        assert.ok(errors > 0, 'without retries clients see the kills');
      } else {
        assert.deepEqual(bodies, [], name);
        assert.ok(saved > 0, `${name}: a retry has saved requests`);
      }
    }
  } finally {
    agent.destroy();
    await engines.stop();
  }
});

test('every host unhealthy: 503 at once where panic is off, answers where it is on; all is well with the hosts', async () => {
  const check = (panicThreshold: number) => ({ panicThreshold, ...quickCheck('/health') });
  const bootstrap = await translate(
    [
      ...gateway(),
      ...service('backend', backends),
      httpRoute({ name: 'strict' }),
      policy('strict', { ...byHeader, healthCheck: check(0) }),
      httpRoute({ name: 'panic' }),
      policy('panic', { ...byHeader, healthCheck: check(50) }),
    ],
    'filter',
  );
  const clusters = ['strict', 'panic'].map((name) => `httproute/default/${name}/rule/0`);
  const envoy = await Envoy.start(bootstrap);
  const until = async (healthy: boolean): Promise<void> => {
    for (const name of clusters) {
      await eventually(`all are ${healthy ? 'healthy' : 'unhealthy'} in ${name}`, async () => {
        const hosts = Object.values(await envoy.admin.hosts(name));
        const ready = hosts.filter((host) => host.healthy === healthy).length;
        // A count, not assert.ok: without a message that one parses this file to find words, seconds for each
        // poll.
        assert.equal(ready, backends.length);
      });
    }
  };
  const ask = (path: string) => http1({ port: envoy.port(), path, headers: [['X-Key', 'k']] });
  try {
    for (const backend of backends) backend.reply = () => ({});
    await until(true);
    const home = backendOf(await ask('/strict'));
    for (const backend of backends)
      backend.reply = ({ path }) => ({ status: path === '/health' ? 503 : 200 });
    await until(false);
    // Workers learn of it after the main thread; the admin page shows the main thread's view.
    const refused = await eventually('panic is off', async () => {
      const answer = await ask('/strict');
      assert.equal(answer.status, 503);
      return answer;
    });
    assert.match(refused.body, /no healthy upstream/);
    assert.deepEqual(internal(refused), []);
    assert.equal((await ask('/panic')).status, 200);
    assert.ok((await count(envoy, `${clusters[0]}\\.upstream_cx_none_healthy$`)) > 0);
    assert.ok((await count(envoy, `${clusters[1]}\\.lb_healthy_panic$`)) > 0);
    for (const backend of backends) backend.reply = () => ({});
    await until(true);
    await eventually('the key comes home', async () => assert.equal(backendOf(await ask('/strict')), home));
  } finally {
    await envoy.stop();
  }
});

/** The sum of all statistics whose names match. */
async function count(envoy: Envoy, pattern: string): Promise<number> {
  return Object.values(await envoy.admin.stats(pattern)).reduce((sum, n) => sum + n, 0);
}

/** Headers of ours, and values that tell a backend's address. */
function internal(response: Response): string[] {
  const shown = [...Object.entries(response.headers), ...Object.entries(response.trailers)];
  const secrets = backends.flatMap(({ host }) => [
    host,
    Buffer.from(host).toString('base64').replace(/=+$/, ''),
  ]);
  return shown.flatMap(([name, values]) =>
    /^(x-loadstar|endpoint-load-metrics)/.test(name) || values.some((v) => secrets.some((s) => v.includes(s)))
      ? [`${name}: ${values}`]
      : [],
  );
}

test('a VM that traps amid many requests: 503 for some, for the others the same host, nothing internal for anyone', async (t) => {
  const wasm = join(folder, 'trap.wasm');
  writeFileSync(wasm, await assemble('trap'));
  const manifests = [
    ...gateway(),
    ...service('backend', backends),
    httpRoute({ name: 'header' }),
    policy('header', byHeader),
  ];
  const broken = await Envoy.start(await translate(manifests, 'filter', { wasm }), { concurrency: 2 });
  const good = await Envoy.start(await translate(manifests, 'filter'));
  const keys = Array.from({ length: 40 }, (_, i) => `key-${i}`);
  const ask = (envoy: Envoy, key: string, trap: boolean) =>
    http1({
      port: envoy.port(),
      path: '/header',
      headers: [
        ['X-Key', key],
        ['X-Loadstar-Host', Buffer.from(backends[0]!.host).toString('base64')],
        ...(trap ? [['X-Test-Trap', '1'] as const] : []),
      ],
    });
  try {
    for (const backend of backends) backend.reply = () => ({});
    const homes = await Promise.all(keys.map(async (key) => backendOf(await ask(good, key, false))));
    const seen = { answered: 0, refused: 0 };
    for (let round = 0; round < 4; round++) {
      const answers = await Promise.all(keys.map((key, i) => ask(broken, key, i % 10 === round)));
      for (const [i, answer] of answers.entries()) {
        assert.deepEqual(internal(answer), []);
        assert.ok(answer.status === 200 || answer.status === 503, String(answer.status));
        if (answer.status === 200) assert.equal(backendOf(answer), homes[i], keys[i]);
        seen[answer.status === 200 ? 'answered' : 'refused']++;
      }
      await eventually('a new VM answers in both workers', async () => {
        const after = await Promise.all(keys.map((key) => ask(broken, key, false)));
        for (const [i, answer] of after.entries()) {
          assert.deepEqual(internal(answer), []);
          assert.equal(answer.status, 200);
          assert.equal(backendOf(answer), homes[i]);
        }
      });
    }
    t.diagnostic(
      `four rounds of 40 requests, four of which trap: ${seen.answered} answered, ${seen.refused} with 503`,
    );
    assert.ok(seen.refused >= 16, 'each request that traps is answered 503');
    assert.ok((await count(broken, '^wasm\\..*vm_reload_success$')) >= 4, 'a new VM each time');
    for (const { seen: requests } of backends) {
      for (const { raw } of requests)
        assert.ok(!raw.some((name) => name.toLowerCase() === 'x-loadstar-host'));
    }
  } finally {
    await Promise.all([broken.stop(), good.stop()]);
  }
});

test('a configuration that the filter refuses: check says it, and Envoy would not have started', async () => {
  const wasm = join(folder, 'refuse.wasm');
  writeFileSync(wasm, await assemble('refuse'));
  const manifests = [
    ...gateway(),
    ...service('backend', backends),
    httpRoute({ name: 'header' }),
    policy('header', byHeader),
  ];
  const checked = await cli(['check', '-f', '-', '--wasm', wasm], render(manifests));
  assert.equal(checked.code, 1);
  assert.match(checked.stderr, /The filter refuses its configuration for listener .*: refused by the test/);
  await assert.rejects(translate(manifests, 'filter', { wasm }), /refused by the test/);
  // As if the module had been replaced after the translation.
  const replaced = JSON.stringify(await translate(manifests, 'filter')).replace(
    /"filename":"[^"]*[.]wasm"/g,
    `"filename":${JSON.stringify(wasm)}`,
  );
  await assert.rejects(Envoy.start(JSON.parse(replaced) as Bootstrap), /refused by the test/);
  const good = await cli(['check', '-f', '-'], render(manifests));
  assert.equal(good.code, 0, good.stderr);
});

test('X-Forwarded-For: no client chooses its host by it; with trusted hops filter and Envoy read the same address', async () => {
  const manifests = [
    ...gateway(),
    ...service('backend', backends),
    httpRoute({ name: 'source' }),
    policy('source', consistentHash({ type: 'SourceIP' })),
  ];
  for (const backend of backends) backend.reply = () => ({});
  /** What a user may change in the emitted configuration by hand: the manifests have no field for it. */
  const trusting = (bootstrap: Bootstrap): Bootstrap => {
    const text = JSON.stringify(bootstrap).replace(
      '"use_remote_address":true',
      '"use_remote_address":true,"xff_num_trusted_hops":1',
    );
    assert.ok(text.includes('xff_num_trusted_hops'));
    return JSON.parse(text) as Bootstrap;
  };
  const forwarded = Array.from({ length: 30 }, (_, i) =>
    i % 3 === 2 ? `2001:db8::${i}` : `198.51.100.${i}`,
  );
  const ask = async (envoy: Envoy, value: string) =>
    backendOf(await http1({ port: envoy.port(), path: '/source', headers: [['X-Forwarded-For', value]] }));
  for (const trust of [false, true]) {
    const engines: Engines = await startEngines(manifests, {}, (bootstrap) =>
      trust ? trusting(bootstrap) : bootstrap,
    );
    try {
      const filter = await inParallel(forwarded, 4, (value) => ask(engines.filter, value));
      const native = await inParallel(forwarded, 4, (value) => ask(engines.native, value));
      assert.deepEqual(filter, native);
      const hosts = new Set(filter).size;
      assert.ok(
        trust ? hosts > 2 : hosts === 1,
        `${hosts} hosts, ${trust ? 'one hop trusted' : 'none trusted'}`,
      );
      const picks = (await engines.filter.admin.filterStats()).loadstar_picks_total;
      assert.equal(picks, forwarded.length, 'the filter picked');
    } finally {
      await engines.stop();
    }
  }
});
