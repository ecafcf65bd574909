/** What explain.test.ts asks: a thousand requests of all kinds, and the manifests that they are for. */
import type { Backend } from '../../demo/fakes/backend.ts';
import type { Request } from '../../demo/fakes/http1.ts';
import { consistentHash, gateway, httpRoute, type Manifest, policy, service } from '../support/manifests.ts';

export type Sent = Pick<Request, 'headers' | 'path' | 'localAddress' | 'method'>;

export const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** 1,000 in all. The paths' first part is the route. */
export const requests: readonly Sent[] = [
  ...many(250, (i) => ({ path: '/header', headers: [['X-Key', `user-${i}`]] as const })),
  ...many(50, (i) => ({
    path: `/header?page=${i}`,
    headers: [
      ['x-key', `b${i}`],
      ['X-KEY', 'a'],
    ] as const,
  })),
  ...many(150, (i) => ({
    path: '/headers',
    headers: [
      ['X-Tenant', `t${i % 7}`],
      ['X-User', `u${i}`],
    ] as const,
  })),
  ...many(20, (i) => ({ path: '/headers', headers: [['X-User', `only-${i}`]] as const })),
  ...many(200, (i) => ({ path: '/cookie', headers: [['Cookie', `a=1; FooBar="${i * 31}"; b=2`]] as const })),
  ...many(150, (i) => ({ path: `/query?x=${i % 3}&user=u${i}&user=later` })),
  ...many(80, (i) => ({ path: '/source', localAddress: `127.0.2.${20 + i}` })),
  ...many(100, (i) => ({ path: '/weighted', headers: [['X-Key', `w-${i}`]] as const })),
];

const healthCheck = {
  active: {
    type: 'HTTP',
    timeout: '2s',
    interval: '100ms',
    unhealthyThreshold: 1,
    healthyThreshold: 1,
    http: { path: '/healthz', expectedStatuses: [200] },
  },
};

const retry = {
  numRetries: 3,
  retryOn: { httpStatusCodes: [503] },
  perRetry: { backOff: { baseInterval: '1ms', maxInterval: '1ms' } },
};

export const hashing: Readonly<Record<string, Manifest>> = {
  header: { type: 'Header', header: { name: 'X-Key' } },
  headers: { type: 'Headers', headers: [{ name: 'X-Tenant' }, { name: 'X-User' }] },
  cookie: { type: 'Cookie', cookie: { name: 'FooBar', ttl: '60s' } },
  query: { type: 'QueryParams', queryParams: [{ name: 'user' }] },
  source: { type: 'SourceIP' },
  retry: { type: 'Header', header: { name: 'X-Key' } },
  weighted: { type: 'Header', header: { name: 'X-Key' }, tableSize: 1009 },
};

/** A filter on a backend makes two clusters of one rule. */
const splitRoute: readonly Manifest[] = [
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'split', namespace: 'default' },
    spec: {
      parentRefs: [{ name: 'eg' }],
      hostnames: ['www.example.com'],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/split' } }],
          backendRefs: [
            { name: 'stable', port: 3000, weight: 70 },
            {
              name: 'canary',
              port: 3000,
              weight: 30,
              filters: [
                {
                  type: 'RequestHeaderModifier',
                  requestHeaderModifier: { set: [{ name: 'x-canary', value: 'yes' }] },
                },
              ],
            },
          ],
        },
      ],
    },
  },
  policy('split', consistentHash({ type: 'Header', header: { name: 'X-Key' } })),
];

export const manifests = (backends: readonly Backend[]): Manifest[] => [
  ...gateway(),
  ...service('backend', backends),
  ...service('stable', backends.slice(0, 3)),
  ...service('canary', backends.slice(3)),
  ...splitRoute,
  ...Object.entries(hashing).flatMap(([name, keys]) => [
    httpRoute({ name, ...(name === 'weighted' ? { backends: { stable: 80, canary: 20 } } : {}) }),
    policy(name, { ...consistentHash(keys), healthCheck, ...(name === 'retry' ? { retry } : {}) }),
  ]),
];
