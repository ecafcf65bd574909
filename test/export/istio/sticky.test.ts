/**
 * Sticky until hot on Istio: what `export --to istio` writes, through Istio's own translator into a real
 * Envoy, whose hosts come and go by xDS. By hand: `npm run test:export:istio`.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';
import { backendOf, http1, type Request } from '../../../demo/fakes/http1.ts';
import { eventually } from '../../support/eventually.ts';
import { vllm } from '../../support/orca.ts';
import {
  calmRound,
  comeAndGo,
  givesAndTakes,
  left,
  report,
  round,
  shed,
  type Unlisted,
  until,
} from '../../support/unlisted.ts';
import { exported, through } from './pilot.ts';
import { balanced, endpoints, gatewayPod, scene, service } from './scene.ts';

const ADDRESSES = [21, 22, 23, 24, 25].map((last) => `127.0.1.${last}`);
let backends: Backend[] = [];
let h2c: Backend[] = [];

before(async () => {
  backends = await startBackends(ADDRESSES);
  h2c = await startBackends(ADDRESSES, { protocol: 'h2c' });
});
after(() => stopAll([...backends, ...h2c]));

const annotations = 'loadstar/utilization-target: "0.5", loadstar/report-format: text';
const stickyBy = (key: string) => ({
  refs: [['app', 1]] as const,
  policy: `  loadBalancer: {type: ConsistentHash, consistentHash: {${key}}}`,
  annotations,
});
const BY_USER = 'tableSize: 1021, type: Header, header: {name: x-user}';

interface Given {
  readonly hosts: readonly Backend[];
  /** Of the Service's port. */
  readonly fields?: string;
  readonly key: string;
  readonly request: (key: string) => Partial<Request>;
  readonly kind?: string;
  readonly ports?: readonly number[];
  /** Other routes. */
  readonly more?: string;
}

async function sticky(
  { hosts, fields, key, request, kind, ports, more = '' }: Given,
  use: (world: Unlisted) => Promise<void>,
): Promise<void> {
  const services = service('app', hosts.slice(0, 4), fields);
  const text = scene({ services, ports, kind, ...stickyBy(key) }) + more;
  await through([text, gatewayPod(ports), await exported(text, '--strict')], (envoy, replaceSlice) =>
    use({
      envoy,
      cluster: 'outbound|3000||app.default.svc.cluster.local',
      backends: hosts,
      serve: (now) => replaceSlice(endpoints('app', now)),
      request,
    }),
  );
}

/** What a client sends to choose its host. None of it arrives. */
const FORGED = [
  ['x-loadstar-host', Buffer.from('127.0.1.21:80').toString('base64')],
  ['endpoint-load-metrics', 'TEXT cpu=0.01'],
  ['endpoint_load_metrics', 'TEXT cpu=0.01'],
] as const;

test('a hot host gives keys away and takes them back, and hosts come and go by xDS', () =>
  sticky(
    { hosts: backends, key: BY_USER, request: (key) => ({ headers: [['x-user', key], ...FORGED] }) },
    async (world) => {
      await givesAndTakes(world);
      await comeAndGo(world);
      for (const { headers } of backends.flatMap((one) => one.seen)) {
        assert.equal(headers['endpoint-load-metrics-format'], 'text');
        for (const [name] of FORGED) assert.equal(headers[name], undefined);
      }
    },
  ));

test('a GRPCRoute over HTTP/2 to backends that report in trailers', () =>
  sticky(
    {
      hosts: h2c,
      kind: 'GRPCRoute',
      key: BY_USER,
      request: (key) => ({
        method: 'POST',
        headers: [
          ['x-user', key],
          ['content-type', 'application/grpc'],
        ],
      }),
    },
    (world) => givesAndTakes(world, 'trailers'),
  ));

test('by a query parameter, to a Service that speaks HTTP/2', () =>
  sticky(
    {
      hosts: h2c,
      fields: ', appProtocol: kubernetes.io/h2c',
      key: 'tableSize: 1021, type: QueryParams, queryParams: [{name: user}]',
      request: (key) => ({ path: `/?user=${key}` }),
    },
    (world) => givesAndTakes(world),
  ));

test('a host that answers slowly, and reports nothing, gives keys away and takes them back', () =>
  sticky(
    { hosts: backends, key: BY_USER, request: (key) => ({ headers: [['x-user', key]] }) },
    async (world) => {
      const [slow] = backends as [Backend];
      const slowBy = (ms: number) => {
        for (const backend of backends) backend.reply = () => ({ delayMs: backend === slow ? ms : 10 });
      };
      slowBy(10);
      await round(world);
      const home = await calmRound(world);
      const before = await left(world, 'slow');
      slowBy(60);
      await until(world, 'it sheds', async () => (await left(world, 'slow')) - before > 20);
      slowBy(10);
      await until(world, 'it is well', async () => (await shed(world, slow)) === 0);
      assert.deepEqual(await calmRound(world), home);
    },
  ));

test('a new client whose home is hot gets its cookie where it goes, and stays there', () =>
  sticky(
    {
      hosts: backends,
      // So few slots that the keys of a round have met all: a key of a slot that is not known goes home.
      key: 'tableSize: 31, type: Cookie, cookie: {name: cart, ttl: 60s}',
      request: (key) => ({ headers: [['cookie', `cart=${key}`]] }),
    },
    async (world) => {
      const [hot] = backends as [Backend];
      report(world, hot.name);
      await until(world, 'it sheds', async () => (await shed(world, hot)) > 500);
      const get = (headers: Request['headers']) => http1({ port: world.envoy.port(), headers });
      await eventually('a round in which no new client moves', async () => {
        // What it sheds stays about the same while it is asked.
        await round(world);
        for (let n = 0; n < 60; n++) {
          const first = await get([]);
          const [cookie, ...others] = first.headers['set-cookie'] ?? [];
          assert.deepEqual(others, []);
          assert.match(cookie ?? '', /^cart="[0-9a-f]{16}"; Max-Age=60; HttpOnly$/);
          const second = await get([['cookie', cookie!.replace(/;.*/, '')]]);
          assert.equal(second.headers['set-cookie'], undefined);
          assert.equal(backendOf(second), backendOf(first), `client ${n}`);
        }
      });
    },
  ));

test('routes of two listeners to one Service share what is known of its hosts', () => {
  const ports = [18580, 18581];
  const other = (key: string) => ({
    port: ports[1]!,
    headers: [
      ['host', 'other.example.com'],
      ['x-user', key],
    ] as const,
  });
  return sticky(
    {
      hosts: backends,
      key: BY_USER,
      ports,
      more: balanced('other', 'other.example.com', stickyBy(BY_USER)),
      request: (key) => ({ port: ports[0]!, headers: [['x-user', key]] }),
    },
    async (world) => {
      const [hot] = backends as [Backend];
      const second: Unlisted = { ...world, request: other };
      const busy = (usage: number) => {
        for (const backend of backends)
          backend.reply = ({ headers }) => ({
            delayMs: 10,
            ...(headers.host === 'www.example.com' && { headers: vllm(backend === hot ? usage : 0.1) }),
          });
      };
      busy(0.1);
      await round(second);
      const home = await calmRound(second);
      assert.deepEqual(await calmRound(world), home);
      busy(0.95);
      await until(world, 'it sheds', async () => (await shed(world, hot)) > 300);
      const away = await round(second);
      assert.ok(away.filter((host, n) => home[n] === hot.name && host !== hot.name).length > 0);
      busy(0.1);
      await until(world, 'it is well', async () => (await shed(world, hot)) === 0);
      assert.deepEqual(await calmRound(second), home);
    },
  );
});
