/**
 * Small plans for the emitter's tests, written by hand so that they do not depend on the stages before it.
 */
import type {
  ForwardAction,
  From,
  Plan,
  PolicyInForce,
  Pool,
  Route,
  RouteAction,
} from '../../../host/plan/types.ts';

export const from: From = { kind: 'HTTPRoute', namespace: 'default', name: 'shop' };
export const policy: PolicyInForce = {
  kind: 'BackendTrafficPolicy',
  namespace: 'default',
  name: 'sticky',
  overrides: [],
  rejected: [],
};
const noEdits = { set: [], add: [], remove: [] };

export const host = (address: string, port = 3000, more: { weight?: number; draining?: boolean } = {}) => ({
  address,
  port,
  weight: 1,
  draining: false,
  ...more,
});

export const pool = (name: string, over: Partial<Pool> = {}): Pool => ({
  name,
  protocol: 'http1',
  discovery: 'static',
  localities: [
    {
      region: `${name}/backend/0`,
      weight: 1,
      priority: 0,
      endpoints: [host('127.0.0.1'), host('127.0.0.2')],
    },
  ],
  balancer: { kind: 'least-request' },
  circuitBreaker: { maxParallelRetries: 1024 },
  overrideHeaders: [],
  from,
  ...over,
});

export const maglev = (name: string, over: Partial<Pool> = {}): Pool =>
  pool(name, { balancer: { kind: 'maglev', tableSize: 65537, localityWeighted: false }, ...over });

export const forward = (pools: readonly string[], over: Partial<ForwardAction> = {}): ForwardAction => ({
  kind: 'forward',
  to: pools.map((name) => ({ pool: name, weight: 1 })),
  split: false,
  missingStatus: 500,
  hash: [],
  stripLoadReports: false,
  upgrades: ['websocket'],
  mirrors: [],
  timeouts: {},
  ...over,
});

export const route = (path: string, action: RouteAction, over: Partial<Route> = {}): Route => ({
  name: `httproute/default/shop/rule${path}`,
  match: { path: { kind: 'prefix', value: path }, headers: [], query: [] },
  action,
  requestHeaders: noEdits,
  responseHeaders: noEdits,
  from,
  ...over,
});

export const plan = (routes: readonly Route[], pools: readonly Pool[]): Plan => ({
  listeners: [
    {
      name: 'default/eg/http',
      address: '0.0.0.0',
      port: 10080,
      from: { kind: 'Gateway', namespace: 'default', name: 'eg' },
      virtualHosts: [{ name: 'default/eg/http/www_example_com', domains: ['www.example.com'], routes }],
    },
  ],
  pools,
  certificates: [],
  authorities: [],
});

/** One route of each of the three kinds that differ most. */
export const three = (): Plan =>
  plan(
    [
      route(
        '/cookie',
        forward(['cookie'], {
          hash: [
            {
              kind: 'cookie',
              name: 'FooBar',
              ttlMs: 60_000,
              attributes: [{ name: 'SameSite', value: 'Strict' }],
            },
          ],
        }),
        { policy },
      ),
      route('/utilization', forward(['utilization'], { stripLoadReports: true })),
      route('/round', forward(['round'])),
    ],
    [
      maglev('cookie'),
      pool('utilization', {
        balancer: { kind: 'utilization', localityWeighted: false, metricNames: ['named_metrics.foo'] },
      }),
      pool('round', { balancer: { kind: 'round-robin' } }),
    ],
  );

export const options = (engine: 'filter' | 'native') => ({
  engine,
  wasm: '/opt/loadstar/loadstar.wasm',
  admin: { address: '127.0.0.1', port: 19000 },
});
