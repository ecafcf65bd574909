/**
 * `export --to istio` through Istio's own translator into a real Envoy, which is fed by xDS. By hand: `npm
 * run test:export:istio`.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';
import { backendOf } from '../../../demo/fakes/http1.ts';
import type { Envoy } from '../../support/envoy.ts';
import { sendMany } from '../../support/send.ts';
import { exported, through } from './pilot.ts';
import { gatewayPod, type Scene, scene, service } from './scene.ts';

const ADDRESSES = [11, 12, 13, 14].map((last) => `127.0.1.${last}`);
let backends: Backend[] = [];
let h2c: Backend[] = [];

before(async () => {
  backends = await startBackends(ADDRESSES);
  h2c = await startBackends(ADDRESSES, { protocol: 'h2c' });
});
after(() => stopAll([...backends, ...h2c]));

/** With the export, then as Istio is alone. */
async function both(given: Scene, use: (envoy: Envoy, alone: boolean) => Promise<void>): Promise<void> {
  const text = scene(given);
  await through([text, gatewayPod(), await exported(text)], (envoy) => use(envoy, false));
  await through([text, gatewayPod()], (envoy) => use(envoy, true));
}

const request = { path: '/', headers: [['host', 'www.example.com']] as const };
const REPORT = 'endpoint-load-metrics';
const utilization = `  loadBalancer:
    type: BackendUtilization
    backendUtilization: {blackoutPeriod: 1s, weightUpdatePeriod: 500ms}`;

/** The first says 0.9, the others 0.3, in words that Envoy does not know. */
const reporting = (all: readonly Backend[], where: 'headers' | 'trailers') =>
  all.forEach((backend, i) => {
    backend.reply = () => ({ [where]: [[REPORT, `TEXT cpu=${i === 0 ? 0.9 : 0.3},mem=0.8,foo_bytes=123`]] });
  });

/** The share of the first backend once weights are there, and how many answers show a report. */
async function share(envoy: Envoy, first: Backend) {
  let answers = await sendMany(envoy, request, 240);
  for (let round = 0; round < 3; round++) {
    await new Promise((done) => setTimeout(done, 900));
    answers = await sendMany(envoy, request, 240);
  }
  return {
    first: answers.filter((one) => backendOf(one) === first.name).length,
    shown: answers.filter(({ headers }) => REPORT in headers).length,
  };
}

for (const [title, hosts, fields, where] of [
  ['in a header', () => backends, '', 'headers'],
  ['in a trailer', () => backends, '', 'trailers'],
  ['over HTTP/2', () => h2c, ', appProtocol: kubernetes.io/h2c', 'headers'],
] as const)
  test(`load reports ${title} are repaired: the busy host gets a tenth, alone a quarter`, async (t) => {
    reporting(hosts(), where);
    const services = service('app', hosts(), fields);
    await both({ services, refs: [['app', 1]], policy: utilization }, async (envoy, alone) => {
      const { first, shown } = await share(envoy, hosts()[0]!);
      t.diagnostic(`${alone ? 'Istio alone' : 'with the export'}: ${first} of 240, reports seen: ${shown}`);
      if (alone) assert.ok(first >= 45, `${first} of 240`);
      else assert.ok(first > 0 && first <= 40, `${first} of 240`);
      if (!alone) assert.equal(shown, 0);
    });
  });

test('clients cannot send load reports', async () => {
  for (const backend of backends) backend.reply = () => ({});
  const services = service('app', backends);
  await both({ services, refs: [['app', 1]], policy: utilization }, async (envoy, alone) => {
    for (const backend of backends) backend.seen.length = 0;
    await sendMany(envoy, { ...request, headers: [...request.headers, [REPORT, 'TEXT cpu=0.1']] }, 8);
    const seen = backends.flatMap((one) => one.seen).filter(({ headers }) => REPORT in headers);
    assert.equal(seen.length, alone ? 8 : 0);
  });
});

test('a key stays at its host, over two Services with weights', async (t) => {
  for (const backend of backends) backend.reply = () => ({});
  const services = service('v1', backends.slice(0, 2)) + service('two', backends.slice(2));
  const policy =
    '  loadBalancer: {type: ConsistentHash, consistentHash: {type: Header, header: {name: x-key}}}';
  await both(
    {
      services,
      refs: [
        ['v1', 9],
        ['two', 1],
      ],
      policy,
    },
    async (envoy, alone) => {
      let [moved, heavy] = [0, 0];
      for (let key = 0; key < 200; key++) {
        const headers = [...request.headers, ['x-key', `k${key}`]] as [string, string][];
        const homes = new Set((await sendMany(envoy, { ...request, headers }, 5, 1)).map(backendOf));
        if (homes.size > 1) moved += 1;
        if ([0, 1].some((one) => homes.has(backends[one]!.name))) heavy += 1;
      }
      t.diagnostic(`${alone ? 'Istio alone' : 'with the export'}: ${moved} of 200 keys on several hosts`);
      if (alone) assert.ok(moved > 100, String(moved));
      else assert.equal(moved, 0);
      if (!alone) assert.ok(heavy >= 160, `${heavy} of 200 keys at weight 9 of 10`);
    },
  );
});

test('what else a policy says stands in the configuration once', async () => {
  const policy = `${utilization}
  retry: {numRetries: 3, retryOn: {triggers: [connect-failure], httpStatusCodes: [503]}}
  timeout: {tcp: {connectTimeout: 3s}, http: {requestTimeout: 9s, connectionIdleTimeout: 7s}}
  circuitBreaker: {maxConnections: 10}
  healthCheck:
    active: {type: TCP, tcp: {}}
    passive: {consecutive5XxErrors: 7}`;
  await both({ services: service('app', backends), refs: [['app', 1]], policy }, async (envoy, alone) => {
    if (alone) return;
    const dump = await envoy.admin.text('/config_dump?include_eds');
    for (const [part, count] of [
      ['"max_connections": 10', 1],
      ['"consecutive_5xx": 7', 1],
      ['"connect_timeout": "3s"', 1],
      ['"idle_timeout": "7s"', 1],
      ['"num_retries": 3', 1],
      ['"timeout": "9s"', 1],
      ['"tcp_health_check"', 1],
    ] as const)
      assert.equal(dump.split(part).length - 1, count, part);
    assert.equal((await sendMany(envoy, request, 8)).length, 8);
  });
});
