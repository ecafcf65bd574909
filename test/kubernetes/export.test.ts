/** `export --check` against what an API server gives back: with its own fields, defaults and status. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseAllDocuments, stringify } from 'yaml';
import { cli } from '../support/translate.ts';
import { shop } from '../unit/cli/shop.ts';
import type { Resource } from './support/api.ts';
import { missing } from './support/files.ts';
import { Cluster } from './support/test-cluster.ts';

const skip = missing(['etcd', 'kube-apiserver', 'kube-controller-manager']);
const args = ['export', '--to', 'envoy-gateway', '-f'];
const input = `${shop.split('type: ConsistentHash')[0]}type: BackendUtilization
    backendUtilization: {blackoutPeriod: 1s}
`;
let cluster: Cluster;
let wanted: Resource[] = [];
before(async () => {
  if (skip !== false) return;
  cluster = await Cluster.start(['crds-envoy-gateway'], ['envoyproxies', 'envoypatchpolicies']);
  const { code, stdout, stderr } = await cli([...args, '-'], input);
  assert.equal(code, 0, stderr);
  wanted = parseAllDocuments(stdout).map((one) => one.toJS() as Resource);
  await cluster.apply('apiVersion: v1\nkind: Namespace\nmetadata: {name: envoy-gateway-system}');
  for (const one of wanted) await cluster.api.apply(one, 'loadstar-0123456789');
});
after(async () => {
  await cluster?.stop();
});

/** As `kubectl get … -o yaml --show-managed-fields` prints them. */
async function applied(): Promise<string> {
  const items = await Promise.all(
    wanted.map(async (one) => await cluster.api.get(await cluster.api.pathOf(one))),
  );
  return stringify({ apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } });
}

function check(list: string) {
  const file = join(cluster.folder, 'in.yaml');
  writeFileSync(file, input);
  return cli([...args, file, '--check', '-'], list);
}

test('what was applied is what is exported', { skip }, async () => {
  assert.deepEqual(
    wanted.map(({ kind }) => kind),
    ['ConfigMap', 'EnvoyProxy', 'EnvoyPatchPolicy'],
  );
  const policy = wanted[2]!;
  const condition = {
    type: 'Programmed',
    status: 'True',
    reason: 'Programmed',
    message: 'Patches have been successfully applied.',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const ancestor = {
    ancestorRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'eg' },
    controllerName: 'gateway.envoyproxy.io/gatewayclass-controller',
    conditions: [condition],
  };
  await cluster.api.applyStatus({
    apiVersion: policy.apiVersion,
    kind: policy.kind,
    metadata: { name: policy.metadata.name, namespace: policy.metadata.namespace! },
    status: { ancestors: [ancestor] },
  });
  const list = await applied();
  for (const added of ['resourceVersion', 'managedFields', 'creationTimestamp', 'uid', 'Programmed'])
    assert.ok(list.includes(added), added);
  const { code, stdout, stderr } = await check(list);
  assert.equal(stdout, 'All that is exported is applied.\n', stderr);
  assert.equal(code, 0);
});

test('what was changed, or is gone, is named', { skip }, async () => {
  const policy = wanted[2]!;
  const path = await cluster.api.pathOf(policy);
  const jsonPatches = structuredClone(policy.spec.jsonPatches);
  jsonPatches[0].operation.value = 'other';
  await cluster.api.patch(path, { spec: { jsonPatches } });
  const { code, stdout } = await check(await applied());
  assert.equal(code, 1);
  assert.equal(
    stdout,
    `EnvoyPatchPolicy default/loadstar-eg differs at spec.jsonPatches[0].operation.value\n`,
  );
  const without = (await applied()).replace(/kind: EnvoyProxy\n/g, 'kind: Other\n');
  assert.match((await check(without)).stdout, /^EnvoyProxy default\/loadstar is missing$/m);
});
