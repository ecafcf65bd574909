/** Gateway: what the model gets, and each rule broken once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFindings, type Expected, readOne, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';

const gateway = (listeners: string): string =>
  `apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: eg}\nspec: {gatewayClassName: eg, listeners: ${listeners}}\n`;

test('Gateway: listeners of other protocols are named', () => {
  const resource = readOne(
    `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: eg}
spec:
  gatewayClassName: eg
  listeners:
  - {name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}}
  - name: http
    port: 80
    protocol: HTTP
    hostname: "*.a.b"
    allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {a: b}}}, kinds: [{kind: HTTPRoute}]}
  - {name: other, port: 53, protocol: SCTP}
`,
    ['listener-not-translated'],
  );
  assert.ok(resource.kind === 'Gateway');
  same(resource.spec.listeners, [
    { name: 'tls', port: 443, protocol: 'TLS', tls: { mode: 'Passthrough', certificateRefs: [] } },
    {
      name: 'http',
      port: 80,
      protocol: 'HTTP',
      hostname: '*.a.b',
      allowedRoutes: {
        namespaces: { from: 'Selector', selector: { matchLabels: { a: 'b' }, matchExpressions: [] } },
        kinds: [{ kind: 'HTTPRoute' }],
      },
    },
    { name: 'other', port: 53, protocol: 'SCTP' },
  ]);
  assert.match(resource.at('spec', 'listeners', 1, 'name').lineText, /name: http/);
});

const l = 'spec.listeners';
const cases: readonly [name: string, text: string, expected: Expected[]][] = [
  [
    'Gateway without listeners',
    gateway('[]'),
    [{ code: 'list-length', field: l, says: /has 0 items/, points: 'listeners' }],
  ],
  [
    'two listeners with one name',
    gateway('[{name: a, port: 80, protocol: HTTP}, {name: a, port: 81, protocol: HTTP}]'),
    [
      {
        code: 'listener-duplicate',
        field: `${l}[1].name`,
        says: /name a is taken by spec\.listeners\[0\]/,
        points: 'a',
      },
    ],
  ],
  [
    'two listeners on one port',
    gateway('[{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP}]'),
    [
      {
        code: 'listener-duplicate',
        field: `${l}[1].port`,
        says: /those of spec\.listeners\[0\]/,
        points: '80',
      },
    ],
  ],
  [
    'listener port 0',
    gateway('[{name: a, port: 0, protocol: HTTP}]'),
    [{ code: 'value-out-of-range', field: `${l}[0].port`, says: /from 1 to 65535, not 0/, points: '0' }],
  ],
  [
    'tls on HTTP',
    gateway('[{name: a, port: 80, protocol: HTTP, tls: {}}]'),
    [{ code: 'field-conflict', field: `${l}[0].tls`, says: /must not have tls/, points: 'tls' }],
  ],
  [
    'protocol in lower case',
    gateway('[{name: a, port: 80, protocol: http}]'),
    [
      {
        code: 'listener-not-translated',
        field: `${l}[0].protocol`,
        says: /protocol http/,
        hint: /HTTP/,
        points: 'http',
        severity: 'warning',
      },
    ],
  ],
  [
    'from Selector without one',
    gateway('[{name: a, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector}}}]'),
    [
      {
        code: 'field-missing',
        field: `${l}[0].allowedRoutes.namespaces.selector`,
        says: /no selector/,
        points: 'Selector',
      },
    ],
  ],
];
for (const [name, text, expected] of cases)
  test(`cluster kinds: ${name}`, () => assertFindings(readText(text).diagnostics, expected));
