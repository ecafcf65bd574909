/** Service, EndpointSlice, Backend: what the model gets, and each rule broken once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFindings, type Expected, readOne, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';

const service = (spec: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: ${spec}\n`;
const slice = (rest: string, labels = '{kubernetes.io/service-name: s}'): string =>
  `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: s-1, labels: ${labels}}\n${rest}`;
const backend = (spec: string): string =>
  `apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {name: b}\nspec: ${spec}\n`;

test('Service and EndpointSlice: defaults', () => {
  const s = readOne(
    service(
      '{clusterIP: 10.0.0.1, selector: {a: b}, type: NodePort, ports: [{port: 80, targetPort: web, nodePort: 30000}]}',
    ),
  );
  same(s.spec, {
    clusterIP: '10.0.0.1',
    ports: [{ name: '', port: 80, protocol: 'TCP', targetPort: 'web' }],
  });
  const e = readOne(
    slice(
      'addressType: IPv6\nports: [{port: 80, name: http}]\nendpoints: [{addresses: ["::1"], zone: a, conditions: {ready: false}, nodeName: node1, hints: {}}, {addresses: ["2001:db8::2"]}]\n',
    ),
  );
  same(e.spec, {
    serviceName: 's',
    addressType: 'IPv6',
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    endpoints: [
      { addresses: ['::1'], zone: 'a', conditions: { ready: false } },
      { addresses: ['2001:db8::2'], conditions: {} },
    ],
  });
  assert.match(e.at('endpoints', 1).lineText, /endpoints/, 'located without spec');
});

test('Backend: ip, fqdn, and that there are unix sockets', () => {
  const b = readOne(
    backend(
      '{fallback: true, appProtocols: [gateway.envoyproxy.io/h2c], endpoints: [{unix: {path: /a}}, {ip: {address: "::1", port: 1}, zone: z}]}',
    ),
    ['field-not-translated'],
  );
  same(b.spec, {
    endpoints: [{ kind: 'ip', address: '::1', port: 1, zone: 'z' }],
    appProtocols: ['gateway.envoyproxy.io/h2c'],
    fallback: true,
    unixSockets: true,
  });
  const at = b.at('spec', 'endpoints', 0, 'ip', 'port');
  assert.equal(at.lineText.slice(at.column - 1, at.column + 20), '1}, zone: z}]}');
});

const cases: readonly [name: string, text: string, expected: Expected[]][] = [
  [
    'Service with two ports without names',
    service('{ports: [{port: 1}, {port: 2, name: b}]}'),
    [{ code: 'field-missing', field: 'spec.ports[0].name', says: /name is missing/, points: '1' }],
  ],
  [
    'Service with one port name twice',
    service('{ports: [{port: 1, name: a}, {port: 2, name: a}]}'),
    [{ code: 'port-duplicate', field: 'spec.ports[1].name', says: /port name a is taken/, points: 'a' }],
  ],
  [
    'Service with one port twice',
    service('{ports: [{port: 1, name: a}, {port: 1, name: b}]}'),
    [{ code: 'port-duplicate', field: 'spec.ports[1].port', says: /TCP\/1 is taken/, points: '1' }],
  ],
  [
    'Service of type ExternalName',
    service('{type: ExternalName, externalName: a.b}'),
    [
      {
        code: 'value-not-translated',
        field: 'spec.type',
        says: /no endpoints/,
        points: 'ExternalName',
        severity: 'warning',
      },
    ],
  ],
  [
    'slice without its Service',
    slice('addressType: IPv4\n', '{}'),
    [
      {
        code: 'slice-without-service',
        field: 'metadata.labels["kubernetes.io/service-name"]',
        says: /no Service/,
        points: 'labels',
        severity: 'warning',
      },
    ],
  ],
  [
    'address with a port',
    slice('addressType: IPv4\nendpoints: [{addresses: ["10.0.0.1:80"]}]\n'),
    [
      {
        code: 'address-invalid',
        field: 'endpoints[0].addresses[0]',
        says: /an IPv4 address, not "10\.0\.0\.1:80"/,
        hint: /port is given in ports/,
        points: '"10.0.0.1:80"',
      },
    ],
  ],
  [
    'IPv6 in an IPv4 slice',
    slice('addressType: IPv4\nendpoints: [{addresses: ["::1"]}]\n'),
    [
      {
        code: 'address-invalid',
        field: 'endpoints[0].addresses[0]',
        says: /an IPv4 address/,
        points: '"::1"',
      },
    ],
  ],
  [
    'Backend without endpoints',
    backend('{}'),
    [{ code: 'field-missing', field: 'spec.endpoints', says: /endpoints is missing/, points: 'spec' }],
  ],
  [
    'Backend endpoint without address',
    backend('{endpoints: [{zone: a}]}'),
    [{ code: 'field-missing', field: 'spec.endpoints[0]', says: /no address/, points: '{' }],
  ],
  [
    'Backend endpoint with two',
    backend('{endpoints: [{ip: {address: 1.1.1.1, port: 1}, fqdn: {hostname: a.b, port: 1}}]}'),
    [{ code: 'field-conflict', field: 'spec.endpoints[0]', says: /ip and fqdn/, points: '{' }],
  ],
  [
    'Backend that mixes',
    backend('{endpoints: [{ip: {address: 1.1.1.1, port: 1}}, {fqdn: {hostname: a.b, port: 1}}]}'),
    [{ code: 'field-conflict', field: 'spec.endpoints', says: /mix fqdn/, points: 'endpoints' }],
  ],
  [
    'Backend with a name for an address',
    backend('{endpoints: [{ip: {address: a.b, port: 1}}]}'),
    [
      {
        code: 'address-invalid',
        field: 'spec.endpoints[0].ip.address',
        says: /IPv4 or IPv6/,
        hint: /fqdn/,
        points: 'a.b',
      },
    ],
  ],
  [
    'Backend with an address and a scope',
    backend('{endpoints: [{ip: {address: "fe80::1%eth0", port: 1}}]}'),
    [
      {
        code: 'address-invalid',
        field: 'spec.endpoints[0].ip.address',
        says: /IPv4 or IPv6/,
        hint: /^The scope %eth0 is no part of the address/,
        points: '"fe80::1%eth0"',
      },
    ],
  ],
  [
    'Service with an address that is none',
    `apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {clusterIP: 10.0.0, ports: [{port: 80}]}\n`,
    [
      {
        code: 'address-invalid',
        field: 'spec.clusterIP',
        says: /IPv6 address, None, or empty/,
        points: '10.0.0',
      },
    ],
  ],
  [
    'Backend of type DynamicResolver',
    backend('{type: DynamicResolver}'),
    [
      {
        code: 'value-not-supported',
        field: 'spec.type',
        says: /DynamicResolver is not supported/,
        points: 'DynamicResolver',
      },
    ],
  ],
];

for (const [name, text, expected] of cases)
  test(`cluster kinds: ${name}`, () => assertFindings(readText(text).diagnostics, expected));
