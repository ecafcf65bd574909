/**
 * Random manifests for the comparison of explain with a real Envoy: routes with all kinds of matches,
 * filters, backends and weights, policies with all kinds of keys. Each rule names itself in the response
 * header x-rule, so that an answer tells which rule served. A world is made of its seed alone.
 */

import type { Backend } from '../../../demo/fakes/backend.ts';
import type { Random } from '../../fuzz/random.ts';
import { gateway, type Manifest, service } from '../../support/manifests.ts';

export const HOSTS = ['www.example.com', '*.shop.example.com', 'api.example.com'] as const;
/** Headers that requests carry and that keys, matches and edits name. */
export const HEADERS = [
  ...['x-user', 'x-tenant', 'x-key', 'user-agent', 'accept', 'accept-language', 'cookie', 'referer', 'te'],
  ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port', 'x-real-ip'],
  ...['x-envoy-external-address', 'x-envoy-original-path', 'x-envoy-retry-on', 'x-envoy-attempt-count'],
  ...['x-request-id', 'via', 'content-type', 'authorization', 'x-loadstar-host', 'endpoint-load-metrics'],
] as const;
const KEYS = [...HEADERS, 'X-User', 'X-Tenant', 'host', ':path', ':authority', ':method', ':scheme'] as const;
export const VALUES = ['a', 'b', 'fixed', 'u1', 'u2', 'u3', 'http', 'trailers', 'K=1; L=2', 'L=x'] as const;
export const QUERY = ['user', 'page', 'q'] as const;

const group = 'gateway.networking.k8s.io';

export interface World {
  readonly manifests: readonly Manifest[];
  /** Paths worth asking for: the values of the matches. */
  readonly paths: readonly string[];
}

export function worldOf(random: Random, backends: readonly Backend[]): World {
  const paths: string[] = ['/'];
  const manifests: Manifest[] = [...gateway()];
  // Services share hosts, so that the pool of a rule may have one of them twice.
  const sets = [backends.slice(0, 5), backends.slice(3, 7), backends.slice(6), backends.slice(0, 1)];
  sets.forEach((set, i) => {
    const [one, slice] = service(`s${i}`, set) as [Manifest, Manifest];
    const endpoints = slice.endpoints as { conditions: object }[];
    if (i === 1 && random.below(2) === 0) endpoints[1]!.conditions = { ready: false };
    manifests.push(one, slice);
  });
  manifests.push(
    ...service('empty', []),
    backendOf('standby', backends.slice(0, 2), { fallback: true }),
    backendOf('plain', backends.slice(1, 5), {}),
    backendOf('twice', [backends[2]!, backends[2]!, backends[4]!], {}),
  );
  const routes = 6 + random.below(4);
  for (let r = 0; r < routes; r++) {
    manifests.push(routeOf(random, r, paths));
    if (random.below(8) > 0) manifests.push(policyOf(random, r));
  }
  return { manifests, paths };
}

const backendOf = (name: string, hosts: readonly Backend[], more: Manifest): Manifest => ({
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'Backend',
  metadata: { name, namespace: 'default' },
  spec: { ...more, endpoints: hosts.map(({ address, port }) => ({ ip: { address, port } })) },
});

function routeOf(random: Random, r: number, paths: string[]): Manifest {
  const rules = 1 + random.below(3);
  return {
    apiVersion: `${group}/v1`,
    kind: 'HTTPRoute',
    metadata: { name: `r${r}`, namespace: 'default' },
    spec: {
      parentRefs: [{ name: 'eg' }],
      ...(random.below(6) === 0 ? { hostnames: [random.pick(HOSTS)] } : {}),
      rules: Array.from({ length: rules }, (_, i) => ruleOf(random, `r${r}.${i}`, paths)),
    },
  };
}

function ruleOf(random: Random, id: string, paths: string[]): Manifest {
  const matches = Array.from({ length: 1 + random.below(2) }, () => matchOf(random, id, paths));
  const named = {
    type: 'ResponseHeaderModifier',
    responseHeaderModifier: { set: [{ name: 'x-rule', value: id }] },
  };
  if (random.below(12) === 0) {
    const requestRedirect = { hostname: 'elsewhere.example.com', statusCode: random.pick([301, 302]) };
    return { matches, filters: [named, { type: 'RequestRedirect', requestRedirect }] };
  }
  const filters: Manifest[] = [named];
  if (random.below(3) === 0) filters.push(headerFilter(random));
  const prefix =
    matches.length === 1 && matches.every(({ path }) => (path as Manifest).type === 'PathPrefix');
  if (random.below(4) === 0) filters.push(rewriteFilter(random, prefix));
  if (random.below(6) === 0)
    filters.push({ type: 'RequestMirror', requestMirror: { backendRef: { name: 's3', port: 3000 } } });
  return { matches, filters, backendRefs: backendRefs(random) };
}

function matchOf(random: Random, id: string, paths: string[]): Manifest {
  const own = `/${id.replace('.', '/')}`;
  const value = random.pick([own, own, own, `/${random.pick(['a', 'b'])}`, '/']);
  const type = random.pick(['PathPrefix', 'PathPrefix', 'Exact', 'RegularExpression']);
  paths.push(value);
  const match: Record<string, unknown> = {
    path: { type, value: type === 'RegularExpression' ? `${value}(/[a-z0-9]+)?` : value },
  };
  if (random.below(9) === 0) match.method = random.pick(['GET', 'POST']);
  if (random.below(8) === 0)
    match.headers = [
      random.below(2) === 0
        ? {
            name: random.pick(['x-user', 'X-Tenant', 'user-agent', 'x-forwarded-proto']),
            value: random.pick(VALUES),
          }
        : { type: 'RegularExpression', name: random.pick(['x-user', 'x-key', 'via']), value: 'u[0-9]|a,?b?' },
    ];
  if (random.below(9) === 0)
    match.queryParams = [{ name: random.pick(QUERY), value: random.pick(['1', '2', 'a']) }];
  return match;
}

function headerFilter(random: Random): Manifest {
  const pick = () => ({
    name: random.pick(HEADERS.filter((h) => h !== 'te')),
    value: random.pick([...VALUES, '%REQ(x-key)%']),
  });
  const edits: Record<string, unknown> = {};
  if (random.below(2) === 0) edits.set = [pick()];
  if (random.below(3) === 0) edits.add = [pick()];
  if (random.below(3) === 0 || Object.keys(edits).length === 0) edits.remove = [random.pick(HEADERS)];
  return { type: 'RequestHeaderModifier', requestHeaderModifier: edits };
}

function rewriteFilter(random: Random, prefix: boolean): Manifest {
  const urlRewrite: Record<string, unknown> = {};
  if (random.below(2) === 0) urlRewrite.hostname = 'inside.example.com';
  if (random.below(2) === 0 || urlRewrite.hostname === undefined)
    urlRewrite.path =
      prefix && random.below(2) === 0
        ? { type: 'ReplacePrefixMatch', replacePrefixMatch: random.pick(['/', '/new', '/new/']) }
        : { type: 'ReplaceFullPath', replaceFullPath: random.pick(['/all', '/all?user=1']) };
  return { type: 'URLRewrite', urlRewrite };
}

function backendRefs(random: Random): Manifest[] {
  const names = ['s0', 's1', 's2', 's3', 'plain', 'twice'];
  const refs: Manifest[] = Array.from({ length: 1 + random.below(3) }, () => {
    const filters =
      random.below(6) > 0
        ? {}
        : {
            filters: [
              random.below(3) === 0
                ? { type: 'URLRewrite', urlRewrite: { hostname: 'b.example.com' } }
                : headerFilter(random),
            ],
          };
    return { ...refTo(random.pick(names)), weight: random.pick([1, 1, 2, 5, 80, 0]), ...filters };
  });
  if (random.below(12) === 0) refs.push({ name: 'empty', port: 3000, weight: 3 });
  // Beside a split the standby would get live traffic.
  if (random.below(5) === 0 && refs.every(({ filters, name }) => filters === undefined && name !== 'empty'))
    refs.push(refTo('standby'));
  return refs;
}

const refTo = (name: string): Manifest =>
  /^s\d/.test(name) ? { name, port: 3000 } : { name, group: 'gateway.envoyproxy.io', kind: 'Backend' };

const HEALTH = {
  active: {
    type: 'HTTP',
    timeout: '2s',
    interval: '100ms',
    unhealthyThreshold: 1,
    healthyThreshold: 1,
    http: { path: '/healthz', expectedStatuses: [200] },
  },
};

function policyOf(random: Random, r: number): Manifest {
  const table = random.below(3) === 0 ? { tableSize: random.pick([251, 1009, 5003]) } : {};
  const panic = random.below(4) === 0 ? { panicThreshold: random.pick([0, 10, 80]) } : {};
  const override =
    random.below(8) === 0 ? { endpointOverride: { extractFrom: [{ header: 'x-target' }] } } : {};
  const balancer =
    random.below(7) === 0
      ? { type: random.pick(['RoundRobin', 'Random', 'LeastRequest']) }
      : { type: 'ConsistentHash', consistentHash: { ...keyOf(random), ...table }, ...override };
  return {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'BackendTrafficPolicy',
    metadata: { name: `p${r}`, namespace: 'default' },
    spec: {
      targetRefs: [{ group, kind: 'HTTPRoute', name: `r${r}` }],
      loadBalancer: balancer,
      healthCheck: { ...HEALTH, ...panic },
    },
  };
}

function keyOf(random: Random): Manifest {
  switch (random.below(6)) {
    case 0:
      return { type: 'SourceIP' };
    case 1:
      return {
        type: 'Cookie',
        cookie: { name: random.pick(['K', 'L']), ...(random.below(3) === 0 ? { ttl: '60s' } : {}) },
      };
    case 2:
      return {
        type: 'QueryParams',
        queryParams: QUERY.slice(0, 1 + random.below(3)).map((name) => ({ name })),
      };
    case 3:
      return {
        type: 'Headers',
        headers: [{ name: random.pick(KEYS) }, { name: random.pick(KEYS) }, { name: 'x-key' }],
      };
    default: {
      // Names that requests often carry come first.
      const name = random.below(2) === 0 ? random.pick(['x-user', 'x-key', ':path']) : random.pick(KEYS);
      return { type: 'Header', header: { name } };
    }
  }
}
