/** Pods are replaced under load, by the real controllers: no request fails. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { http1 } from '../../demo/fakes/http1.ts';
import { SteadyLoad } from '../../demo/fakes/steady-load.ts';
import type { Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { type ServeProcess, startEdge } from '../support/fleet.ts';
import { serveCluster, XDS } from './served.ts';
import type { Resource } from './support/api.ts';
import { missing } from './support/files.ts';
import { Cluster } from './support/test-cluster.ts';

const skip = missing(['etcd', 'kube-apiserver', 'kube-controller-manager', 'echo-basic']);
const PODS = 20;
const DEPLOYMENT = '/apis/apps/v1/namespaces/default/deployments/shop';
const ROUTE = '/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes/shop';

const shop = (version: string): string => `
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  selector: {app: shop}
  ports: [{port: 80, targetPort: 3000}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: ${PODS}
  selector: {matchLabels: {app: shop}}
  strategy: {rollingUpdate: {maxSurge: 5, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: shop, version: ${version}}}
    spec:
      terminationGracePeriodSeconds: 10
      containers:
      - name: shop
        image: registry.k8s.io/gateway-api/echo-basic:any
        lifecycle: {preStop: {sleep: {seconds: 3}}}
        env: [{name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: eg, namespace: loadstar-system}]
  rules:
  - backendRefs: [{name: shop, port: 80}]
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: shop}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: shop}]
  loadBalancer: {type: ConsistentHash, consistentHash: {type: Header, header: {name: x-key}}}
`;

let cluster: Cluster;
let server: ServeProcess;
let edge: Envoy;
before(async () => {
  if (skip !== false) return;
  cluster = await Cluster.start(['crds-gateway-api', 'crds-envoy-gateway']);
  server = await serveCluster(cluster);
  edge = await startEdge('edge-1', [XDS], ['--gateway', 'loadstar-system/eg']);
});
after(async () => {
  await edge?.stop();
  await server?.end();
  await cluster?.stop();
});

/** Until all are of the newest template, and all are ready. */
const rolledOut = () =>
  eventually(
    'all pods are new',
    async () => {
      const { metadata, status = {} } = await cluster.api.get(DEPLOYMENT);
      assert.equal(status.observedGeneration, metadata.generation);
      for (const count of ['replicas', 'updatedReplicas', 'availableReplicas'])
        assert.equal(status[count], PODS, count);
    },
    300_000,
    200,
  );

test('a rolling update of 20 pods costs no request', { skip }, async (context) => {
  await cluster.apply(shop('one'));
  await rolledOut();
  await eventually('the route answers', async () => {
    assert.equal((await http1({ port: 10_080 })).status, 200);
  });
  const load = new SteadyLoad({ port: 10_080, paths: ['/'], rate: 60 });
  await cluster.apply(shop('two'));
  await rolledOut();
  await eventually('only new pods are left', async () => {
    const { items } = await cluster.api.get('/api/v1/namespaces/default/pods?labelSelector=version%3Done');
    assert.equal((items as Resource[]).length, 0);
  });
  const shots = await load.stop();
  context.diagnostic(`${shots.length} requests, ${load.failed.length} failed`);
  assert.ok(shots.length > 200, `${shots.length} requests`);
  assert.deepEqual(load.failed.slice(0, 5), []);
});

test('the route says under which Gateway it is accepted', { skip }, async () => {
  await eventually('its status is there', async () => {
    const { status, metadata } = await cluster.api.get(ROUTE);
    const [{ controllerName, conditions, parentRef }] = status.parents;
    assert.equal(controllerName, 'loadstar.dev/gateway-controller');
    assert.equal(parentRef.namespace, 'loadstar-system');
    for (const { status: value, observedGeneration } of conditions)
      assert.deepEqual([value, observedGeneration], ['True', metadata.generation]);
  });
});

test('nothing is said of what may not be done', { skip }, () => {
  assert.doesNotMatch(server.err, /Kubernetes: /);
});
