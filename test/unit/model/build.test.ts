/** Resources to Model: order, duplicates, look-ups. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildModel } from '../../../host/model/build.ts';
import { indexModel } from '../../../host/model/index.ts';
import { pointed, readText } from '../../support/manifest.ts';

const ns = (kind: string, name: string, namespace: string, apiVersion: string, rest: string): string =>
  `---\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: ${name}, namespace: ${namespace}}\n${rest}\n`;
const service = (name: string, namespace: string, port = 80): string =>
  ns('Service', name, namespace, 'v1', `spec: {ports: [{port: ${port}}]}`);

test('model: sorted by namespace and name, by code units, whatever the order of input', () => {
  const list = [
    service('b', 'x'),
    service('a', 'x'),
    service('z', 'a'),
    service('a-b', 'x'),
    service('ab', 'x'),
  ];
  const names = (texts: string[]): string[] =>
    buildModel(readText(texts.join('')).resources).model.services.map(
      (s) => `${s.metadata.namespace}/${s.metadata.name}`,
    );
  assert.deepEqual(names(list), ['a/z', 'x/a', 'x/a-b', 'x/ab', 'x/b']);
  assert.deepEqual(names([...list].reverse()), names(list));
});

test('model: a resource given twice names both places, and the later holds', () => {
  const { model, diagnostics } = buildModel(
    readText(service('a', 'x', 1) + service('a', 'y') + service('a', 'x', 2)).resources,
  );
  assert.equal(diagnostics.length, 1);
  const [found] = diagnostics;
  assert.equal(found?.code, 'resource-duplicate');
  assert.match(found?.message ?? '', /Service x\/a is given twice/);
  assert.equal(found?.at?.line, 14);
  assert.equal(found && pointed(found), 'a');
  assert.equal(found?.notes?.[0]?.at?.line, 4);
  assert.deepEqual(
    model.services.map((s) => s.spec.ports[0]?.port),
    [2, 80],
  );
});

test('model: look-ups by namespace and name, and the slices of a Service', () => {
  const slice = (name: string, service: string, namespace = 'x'): string =>
    `---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: ${name}, namespace: ${namespace}, labels: {kubernetes.io/service-name: ${service}}}\naddressType: IPv4\n`;
  const text = `${service('a', 'x')}${slice('a-2', 'a')}${slice('a-1', 'a')}${slice('b-1', 'b')}${slice('a-3', 'a', 'y')}`;
  const index = indexModel(buildModel(readText(text).resources).model);
  assert.equal(index.service('x', 'a')?.spec.ports[0]?.port, 80);
  assert.equal(index.service('y', 'a'), undefined);
  assert.deepEqual(
    index.slicesOf('x', 'a').map((s) => s.metadata.name),
    ['a-1', 'a-2'],
  );
  assert.deepEqual(index.slicesOf('z', 'a'), []);
});

test('model: its lists cannot be changed', () => {
  const { model } = buildModel([]);
  assert.throws(() => (model.services as unknown[]).push(1), TypeError);
});
