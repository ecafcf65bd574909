/**
 * The whole chain: which messages there are when several things are wrong at once, and what is left of a
 * refused document.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { translate } from '../../host/translate.ts';
import { nativeOptions } from '../support/engine-options.ts';
import { shop } from './cli/shop.ts';

const told = (text: string): string[] =>
  translate([{ file: 'in.yaml', text }], nativeOptions).diagnostics.map(({ code, field, hint }) =>
    [code, field, hint?.match(/Did you mean .*/)?.[0]].filter(Boolean).join(' '),
  );
const policy = (spec: string): string =>
  `---\napiVersion: gateway.envoyproxy.io/v1alpha1\nkind: BackendTrafficPolicy\nmetadata: {name: other}\nspec: ${spec}\n`;
const onRoute = (name: string): string =>
  `[{group: gateway.networking.k8s.io, kind: HTTPRoute, name: ${name}}]`;

test('a refused policy is looked at for its target in the same run', () => {
  assert.deepEqual(
    told(
      `${shop}${policy(`{targetRefs: ${onRoute('shp')}, loadBalancer: {type: Randam, slowStart: {window: 1}}}`)}`,
    ),
    [
      'value-unknown spec.loadBalancer.type Did you mean Random?',
      'duration-invalid spec.loadBalancer.slowStart.window',
      'target-unknown spec.targetRefs[0].name Did you mean shop?',
    ],
  );
});

test('a refused route is looked at for its backends, and no policy is told that the route is missing', () => {
  const text = shop
    .replace('  - backendRefs:', '  - filtres: []\n    backendRefs:')
    .replace('{name: shop, port: 3000}', '{name: shp, port: 3000}');
  assert.deepEqual(told(text), [
    'field-unknown spec.rules[0].filtres Did you mean filters?',
    'backend-unresolved spec.rules[0].backendRefs[0].name Did you mean shop?',
  ]);
});

test('a refused document makes no configuration', () => {
  const text = `${shop}${policy(`{targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: eg}], loadBalancer: {type: Random, slowStart: {window: 1}}}`)}`;
  const { status, refused, model } = translate([{ file: 'in.yaml', text }], nativeOptions);
  assert.equal(refused, true);
  assert.deepEqual(
    model.policies.map(({ metadata }) => metadata.name),
    ['sticky'],
  );
  assert.ok(status.every(({ name }) => name !== 'other'));
});

test('a refused Gateway is not replaced by one that is assumed', () => {
  const text = shop.replace('protocol: HTTP, port: 80', 'protocol: HTTP, port: 80, prt: 1');
  assert.notEqual(text, shop);
  const { plan, diagnostics } = translate([{ file: 'in.yaml', text }], nativeOptions);
  assert.deepEqual(plan.listeners, []);
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ['field-unknown'],
  );
});

test('what was refused is not called missing by others', () => {
  const broken = [
    ['protocol: HTTP, port: 80', 'protocol: HTTP, port: 0', 'value-out-of-range spec.listeners[0].port'],
    [
      '- {name: http, port: 3000}\n---',
      '- {name: http, port: 0}\n---',
      'value-out-of-range spec.ports[0].port',
    ],
    ['addresses: [127.0.0.1]', 'addresses: 127.0.0.1', 'field-type endpoints[0].addresses'],
    ['k8s.io/v1\nkind: HTTPRoute', 'k8s.io/v2\nkind: HTTPRoute', 'version-unknown apiVersion'],
    ['gatewayclass-controller}', 'gatewayclass-controller, x: 1}', 'field-unknown spec.x'],
  ] as const;
  for (const [good, bad, error] of broken) {
    assert.ok(shop.includes(good), good);
    assert.deepEqual(told(shop.replace(good, bad)), [error]);
  }
});

test('what is really missing is told beside a document that is refused', () => {
  const text = shop
    .replace('- name: eg', '- name: egg')
    .replace('- {name: http, port: 3000}\n---', '- {name: http, port: 0}\n---');
  assert.deepEqual(told(text), [
    'value-out-of-range spec.ports[0].port',
    'parent-unknown spec.parentRefs[0].name Did you mean default/eg?',
  ]);
});

test('where a part could not be read, nothing is said to be missing, and no Gateway is assumed', () => {
  for (const kind of ['Gateway', 'Service', 'HTTPRoute', 'GatewayClass'])
    assert.deepEqual(
      [...new Set(told(shop.replace(`kind: ${kind}\n`, `kind: ${kind}\n\tx: 1\n`)))],
      ['yaml-syntax'],
    );
  const gone = { code: 'input-unreadable', severity: 'error', message: 'Gone.' } as const;
  const text = shop.replace(/---\napiVersion: v1\nkind: Service[\s\S]*?---/, '---');
  assert.notEqual(text, shop);
  assert.deepEqual(
    translate([{ file: 'in.yaml', text }], nativeOptions, [gone]).diagnostics.map(({ code }) => code),
    ['input-unreadable'],
  );
});

test('an input without any document is refused; one empty file among others is not', () => {
  const empty = { file: 'empty.yaml', text: '# nothing\n' };
  assert.equal(translate([empty], nativeOptions).refused, true);
  assert.equal(translate([empty, { file: 'in.yaml', text: shop }], nativeOptions).refused, false);
});

test('an input for which nothing would listen is told so, once and only then', () => {
  const of = (...kinds: string[]): string =>
    shop
      .split('---\n')
      .filter((document) => kinds.some((kind) => document.includes(`kind: ${kind}\n`)))
      .join('---\n');
  const silent = (text: string) =>
    translate([{ file: 'in.yaml', text }], nativeOptions).diagnostics.filter(
      ({ code }) => code === 'nothing-listens',
    );
  const [none, ...more] = silent(of('Service'));
  assert.deepEqual([none?.severity, more.length], ['warning', 0]);
  assert.match(none?.hint ?? '', /Add a Gateway .* check the apiVersion/);
  const typed = shop.replaceAll('gateway.networking.k8s.io/v1\n', 'gatway.networking.k8s.io/v1\n');
  assert.notEqual(typed, shop);
  assert.equal(silent(typed).length, 1);
  const udp = silent(of('Gateway').replace('protocol: HTTP,', 'protocol: SCTP,'));
  assert.match(
    udp[0]?.hint ?? '',
    /^Give the Gateway a listener of protocol HTTP, HTTPS, TLS, TCP or UDP\.$/,
  );
  for (const text of [shop, of('HTTPRoute'), of('Gateway'), shop.replace('port: 80', 'port: 0')])
    assert.deepEqual(silent(text), []);
});

test('a backend of another namespace: the hint for a route without one says where it is, and how to change that', () => {
  const hintOf = (metadata: string): string | undefined => {
    const text = shop
      .replace('{name: shop, port: 3000}', '{name: shop, port: 3000, namespace: other}')
      .replace('kind: HTTPRoute\nmetadata: {name: shop}', `kind: HTTPRoute\nmetadata: ${metadata}`);
    const { diagnostics } = translate([{ file: 'in.yaml', text }], nativeOptions);
    return diagnostics.find(({ rule }) => rule?.includes('ReferenceGrant'))?.hint;
  };
  const grant = 'a ReferenceGrant in namespace other from HTTPRoute of default to Service shop.';
  assert.equal(hintOf('{name: shop, namespace: default}'), `Add ${grant}`);
  assert.equal(
    hintOf('{name: shop}'),
    `The HTTPRoute names no namespace, so it is in default: name one, or give it with --namespace. Else add ${grant}`,
  );
});
