/** `export --to istio`: what is told as lost, and what as an error, because it protects. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shop } from '../cli/shop.ts';
import { argv, hash, ref, run, twoBackends, utilization, withPolicy } from './istio-shop.ts';

/** A second policy, on another rule's Service, that wants another balancer. */
const another = `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: other}
spec:
  parentRefs: [{name: eg}]
  hostnames: [other.example.com]
  rules: [{backendRefs: [{name: shop, port: 3000}]}]
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: second}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: other}]
  loadBalancer: {type: Random}
`;
const policyOf = (kind: string, name: string, spec: string) => `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: ${kind}
metadata: {name: x}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: ${name === 'eg' ? 'Gateway' : 'HTTPRoute'}, name: ${name}}]
${spec}`;

/** A rule of another route with the name of the first one's, which its policy is for. */
const sameName =
  `${shop.replace('rules:\n  - backendRefs', 'rules:\n  - name: main\n    backendRefs')}${another
    .split('---\n')[1]!
    .replace('{backendRefs', '{name: main, backendRefs')}`.replace(
    /^(?=apiVersion.*\nkind: HTTPRoute\nmetadata: {name: other})/m,
    '---\n',
  );

/** The class's: Envoy Gateway reads it, and Istio does not. */
const withProxy = (spec: string) => `${shop.replace(
  'gatewayclass-controller}',
  'gatewayclass-controller, parametersRef: {group: gateway.envoyproxy.io, kind: EnvoyProxy, namespace: default, name: ep}}',
)}---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: {name: ep}
spec: {${spec}}
`;
/** Connections, which only some addresses may open. */
const guarded = `---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: tcp}
spec:
  gatewayClassName: eg
  listeners: [{name: tcp, protocol: TCP, port: 9000}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: db}
spec:
  parentRefs: [{name: tcp}]
  rules: [{backendRefs: [{name: shop, port: 3000}]}]
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: SecurityPolicy
metadata: {name: guard}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: TCPRoute, name: db}]
  authorization: {defaultAction: Deny, rules: [{action: Allow, principal: {clientCIDRs: [10.0.0.0/8]}}]}
`;

const lost: readonly (readonly [string, string, RegExp, 'error' | 'warning'])[] = [
  [
    'a Gateway that is a waypoint',
    shop.replace('gatewayClassName: eg', 'gatewayClassName: istio-waypoint'),
    /loses on Istio 1.31: all that is exported, since a waypoint takes no patch of gateways/,
    'warning',
  ],
  [
    'the second policy of a Service',
    shop + another,
    /sticky loses.*of Service default\/shop:3000: Istio has one place for it, which.*default\/second has/,
    'warning',
  ],
  [
    'a rule with the name of another',
    sameName,
    /sticky loses.*the rule named main: Istio has one place for it/,
    'warning',
  ],
  ['hosts in a table', shop, /balanced by Envoy's Maglev/, 'warning'],
  [
    'a field that nothing stands for',
    withPolicy(`${hash}  faultInjection: {abort: {httpStatus: 503, percentage: 1}}\n`),
    /sticky loses on Istio 1\.31: faultInjection/,
    'warning',
  ],
  [
    'a limit',
    withPolicy(`${hash}  rateLimit: {type: Local, local: {rules: [{limit: {requests: 1, unit: Second}}]}}\n`),
    /rateLimit: its routes would be served without it/,
    'error',
  ],
  [
    'a large request',
    withPolicy(`${hash}  requestBuffer: {limit: 4Ki}\n`),
    /requestBuffer: its routes would be served without it/,
    'error',
  ],
  [
    'who may come in',
    shop + policyOf('SecurityPolicy', 'shop', '  authorization: {defaultAction: Deny}\n'),
    /SecurityPolicy default\/x loses.*authorization/,
    'error',
  ],
  [
    'who may open connections',
    shop + guarded,
    /SecurityPolicy default\/guard loses.*without its authorization/,
    'error',
  ],
  [
    'how backends are called over TLS',
    withProxy('backendTLS: {minVersion: "1.3"}'),
    /Gateway default\/eg loses.*backendTLS/,
    'error',
  ],
  [
    'the order of rules',
    withProxy('preserveRouteOrder: true'),
    /Gateway default\/eg loses.*preserveRouteOrder/,
    'warning',
  ],
  [
    'pages of other origins',
    shop + policyOf('SecurityPolicy', 'shop', '  cors: {allowOrigins: ["https://a.example"]}\n'),
    /SecurityPolicy default\/x loses.*cors/,
    'warning',
  ],
  [
    'how many may come in',
    shop + policyOf('ClientTrafficPolicy', 'eg', '  connection: {connectionLimit: {value: 5}}\n'),
    /ClientTrafficPolicy default\/x loses.*connection/,
    'error',
  ],
  [
    'a probe',
    shop + policyOf('ClientTrafficPolicy', 'eg', '  tcpKeepalive: {probes: 3}\n'),
    /ClientTrafficPolicy default\/x loses.*tcpKeepalive/,
    'warning',
  ],
  [
    'weights of backends',
    twoBackends(withPolicy(utilization)),
    /between Services their weights alone do/,
    'warning',
  ],
];
for (const [title, text, message, severity] of lost)
  test(`told as ${severity}: ${title}`, async () => {
    const { code, stderr, stdout } = await run(argv, text);
    assert.match(stderr, message);
    assert.match(stderr, new RegExp(`^<stdin>:\\d+:\\d+: ${severity}: .* loses on Istio`, 'm'));
    assert.equal(code, severity === 'error' ? 1 : 0, stderr);
    assert.equal(stdout === '', severity === 'error');
    assert.equal((await run([...argv, '--strict'], text)).code, 1);
  });

test('a Backend is unknown there', async () => {
  const text = shop
    .replace(ref, '    - {group: gateway.envoyproxy.io, kind: Backend, name: shop}')
    .concat(`---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: shop}
spec: {endpoints: [{ip: {address: 192.0.2.1, port: 80}}]}
`);
  assert.match((await run(argv, text)).stderr, /HTTPRoute default\/shop loses.*Backend shop.*answered 500/);
});
