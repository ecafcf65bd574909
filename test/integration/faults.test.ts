/**
 * What a client sees while backends fail, on a real Envoy: they die and come back under load, or all of them
 * are unhealthy. docs/FAULTS.md has the results.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1 } from '../../demo/fakes/http1.ts';
import { inParallel, startEngines } from '../support/engines.ts';
import { Envoy } from '../support/envoy.ts';
import { eventually, sleep } from '../support/eventually.ts';
import { count, internal } from '../support/faults-world.ts';
import { consistentHash, gateway, httpRoute, policy, quickCheck, service } from '../support/manifests.ts';
import { translate } from '../support/translate.ts';

const addresses = [11, 12, 13, 14, 15].map((n) => `127.0.0.${n}`);
const byHeader = consistentHash({ type: 'Header', header: { name: 'X-Key' } });
const utilization = { loadBalancer: { type: 'BackendUtilization', backendUtilization: {} } };
const retry = {
  numRetries: 5,
  retryOn: { triggers: ['connect-failure', 'reset', 'refused-stream'] },
  perRetry: { timeout: '5s', backOff: { baseInterval: '10ms', maxInterval: '50ms' } },
};

let backends: Backend[] = [];

before(async () => {
  backends = await startBackends(addresses);
});
after(async () => {
  await stopAll(backends);
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
    assert.deepEqual(internal(backends, refused), []);
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
