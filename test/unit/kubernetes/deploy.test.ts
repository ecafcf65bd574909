/** The manifests in deploy/: the rights are those that are used, no more and no less. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { serve } from '../../../host/cli/commands/serve.ts';
import { LOADSTAR_CONTROLLER } from '../../../host/cli/kubernetes.ts';
import { followedKinds } from '../../../host/kubernetes/kinds.ts';

const folder = new URL('../../../deploy/base/', import.meta.url);
const documents = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .flatMap((name) => parseAllDocuments(readFileSync(new URL(name, folder), 'utf8'), { merge: true }))
  // biome-ignore lint/suspicious/noExplicitAny: manifests of many kinds
  .map((one) => one.toJS() as any);
const named = (kind: string, name: string) =>
  documents.find((one) => one.kind === kind && one.metadata?.name === name);

const pluralOf = (kind: string): string =>
  kind
    .toLowerCase()
    .replace(/([^aeiou])y$/, '$1ie')
    .replace(/ss$/, 'sse')
    .replace(/$/, 's');
interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}
const rightsOf = (role: { rules: readonly Rule[] }): string[] =>
  role.rules
    .flatMap(({ apiGroups, resources, verbs }) =>
      resources.map((resource) => `${apiGroups[0]} ${resource}: ${verbs}`),
    )
    .sort();

test('the ClusterRole may list and watch what is followed', () => {
  assert.deepEqual(
    rightsOf(named('ClusterRole', 'loadstar')),
    followedKinds.map(({ group, kind }) => `${group} ${pluralOf(kind)}: list,watch`).sort(),
  );
});

test('the one for status may patch the status of what has one, and nothing else', () => {
  const rights = rightsOf(named('ClusterRole', 'loadstar-status'));
  const kinds = followedKinds.map(({ group, kind }) => `${group} ${pluralOf(kind)}/status: patch`);
  assert.deepEqual(
    rights.filter((right) => !kinds.includes(right)),
    [],
  );
  assert.ok(rights.length > 8);
});

test('the class is ours, and every option of the server is one', () => {
  assert.equal(named('GatewayClass', 'loadstar').spec.controllerName, LOADSTAR_CONTROLLER);
  const [{ args }] = named('Deployment', 'loadstar').spec.template.spec.containers;
  for (const arg of args.slice(1)) assert.ok(arg.slice(2).split('=')[0] in serve.options, arg);
});

test('every container is confined', () => {
  for (const name of ['loadstar', 'edge-eg']) {
    const { spec } = named('Deployment', name).spec.template;
    assert.equal(spec.securityContext.runAsNonRoot, true);
    for (const { securityContext } of [...spec.containers, ...(spec.initContainers ?? [])])
      assert.deepEqual(securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
  }
});
