/** The cluster of these tests itself: what is stood in for behaves as a node and its network do. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { ApiError, type Resource } from './support/api.ts';
import { missing } from './support/files.ts';
import { Cluster } from './support/test-cluster.ts';

const skip = missing(['etcd', 'kube-apiserver', 'kube-controller-manager', 'echo-basic']);
const PODS = '/api/v1/namespaces/default/pods';
const SLICES =
  '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name%3Decho';

const echo = (replicas: number): string => `
apiVersion: v1
kind: Service
metadata: {name: echo}
spec:
  selector: {app: echo}
  ports: [{port: 8080, targetPort: 3000}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: echo}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: echo}}
  template:
    metadata: {labels: {app: echo}}
    spec:
      containers:
      - name: echo
        image: registry.k8s.io/gateway-api/echo-basic:any
        env: [{name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
`;

let cluster: Cluster;
before(async () => {
  if (skip === false) cluster = await Cluster.start(['crds-gateway-api', 'crds-envoy-gateway']);
});
after(async () => {
  await cluster?.stop();
});

const itemsOf = async (path: string): Promise<Resource[]> =>
  (await cluster.api.get(path)).items as Resource[];

/** Of endpoints that are ready, by the real controller. */
async function ready(count: number): Promise<string[]> {
  return await eventually(`${count} are ready`, async () => {
    const endpoints = (await itemsOf(SLICES)).flatMap((slice) => slice.endpoints ?? []);
    const addresses = endpoints.filter(({ conditions }) => conditions.ready).flatMap((one) => one.addresses);
    assert.equal(addresses.length, count);
    return addresses;
  });
}

test('a Deployment becomes processes that answer at addresses of their own', { skip }, async () => {
  await cluster.apply(echo(3));
  const pods = new Set<string>();
  for (const address of await ready(3)) {
    const answer = (await (await fetch(`http://${address}:3000/`)).json()) as { pod: string };
    pods.add(answer.pod);
  }
  assert.deepEqual([...pods].sort(), (await itemsOf(PODS)).map(({ metadata }) => metadata.name).sort());
});

test('a pod too many ends, with its process', { skip }, async () => {
  const before = await ready(3);
  await cluster.apply(echo(1));
  const [left] = await ready(1);
  await eventually('two are gone', async () => assert.equal((await itemsOf(PODS)).length, 1));
  const gone = before.filter((address) => address !== left);
  for (const address of gone)
    await assert.rejects(fetch(`http://${address}:3000/`, { signal: AbortSignal.timeout(3_000) }));
});

test('who has no rights is refused', { skip }, async () => {
  const stranger = await cluster.apiOf('default', 'stranger');
  await assert.rejects(stranger.get(PODS), (error) => error instanceof ApiError && error.status === 403);
  stranger.close();
});
