/** The status that is written to objects of a fake API server. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { parseOptions } from '../../../host/cli/args.ts';
import { loadPlan } from '../../../host/cli/input.ts';
import { kubernetesOptions } from '../../../host/cli/kubernetes.ts';
import { inputOptions } from '../../../host/cli/options.ts';
import { type Writing, writeStatus } from '../../../host/cli/write-status.ts';
import { ApiClient } from '../../../host/kubernetes/client.ts';
import { asList, asObject } from '../../../host/schema/words/findings.ts';
import { eventually, sleep } from '../../support/eventually.ts';
import { FakeApiServer } from '../../support/fake-api-server.ts';
import type { Manifest } from '../../support/fake-objects.ts';
import { CONTROLLER, follow, gateway, route, service, shop, type World } from './world.ts';

let fake: FakeApiServer;
let world: World | undefined;
let writing: Writing | undefined;
beforeEach(async () => {
  fake = await FakeApiServer.start();
  fake.put(...shop);
});
afterEach(async () => {
  await writing?.close();
  world?.cluster.close();
  [world, writing] = [undefined, undefined];
  await fake.stop();
});

const options = { engine: 'native', wasm: '', admin: { address: '127.0.0.1', port: 19000 } } as const;
async function write(controller = CONTROLLER): Promise<{ world: World; writing: Writing }> {
  const made = await follow(fake);
  const argv = ['--kubernetes', '--controller', controller];
  const args = parseOptions(argv, { ...inputOptions, ...kubernetesOptions });
  const io = {
    ...{ stdout: () => {}, stderr: (text: string) => made.lines.push(text), stdin: async () => '' },
    ...{ env: {}, color: false, home: '', version: '', onStop: () => () => {}, cluster: made.cluster },
  };
  const client = new ApiClient({
    ...{ server: new URL(fake.url), tls: {}, token: async () => undefined, namespace: 'edge' },
  });
  const first = await loadPlan(args, io, options);
  return { world: made, writing: writeStatus(client, made.cluster, args, io, first) };
}
const begin = async (): Promise<void> => {
  ({ world, writing } = await write());
};

const list = (value: unknown): Readonly<Record<string, unknown>>[] =>
  asList(value).map((one) => asObject(one) ?? {});
/** `Accepted=True Accepted` */
const conditions = (value: unknown): string[] =>
  list(asObject(value)?.conditions).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
const statusOf = (kind: string, namespace: string, name: string): Manifest =>
  fake.get(kind, namespace, name)?.status ?? {};
const gatewayHas = (...wanted: readonly string[]) =>
  eventually(
    `the Gateway has ${wanted}`,
    () => assert.deepEqual(conditions(statusOf('Gateway', 'default', 'eg')), wanted),
    10_000,
    10,
  );
const writes = (): string[] => fake.asked.filter((one) => one.startsWith('PATCH'));

test('of a class, a Gateway, its listeners and its routes', async () => {
  await begin();
  await eventually('the route has a status', () => {
    const [parent] = list(statusOf('HTTPRoute', 'default', 'shop').parents);
    assert.deepEqual(conditions(parent), ['Accepted=True Accepted', 'ResolvedRefs=True ResolvedRefs']);
    assert.equal(parent?.controllerName, CONTROLLER);
    assert.equal(asObject(parent?.parentRef)?.name, 'eg');
    const [accepted] = list(parent?.conditions);
    assert.equal(accepted?.observedGeneration, 1);
    assert.match(String(accepted?.lastTransitionTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });
  assert.deepEqual(conditions(statusOf('GatewayClass', '', 'loadstar')), ['Accepted=True Accepted']);
  const [listener] = list(statusOf('Gateway', 'default', 'eg').listeners);
  assert.equal(listener?.attachedRoutes, 1);
  await gatewayHas('Accepted=True Accepted', 'Programmed=False AddressNotAssigned');
});

test('addresses are those of a Service with the label', async () => {
  await begin();
  const labels = { 'gateway.networking.k8s.io/gateway-name': 'eg' };
  const metadata = { name: 'edge', namespace: 'default', labels };
  const edge = { ...service('edge'), metadata, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } };
  fake.put(edge);
  await gatewayHas('Accepted=True Accepted', 'Programmed=False AddressNotAssigned');
  fake.put({
    ...edge,
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'lb.test' }] } },
  });
  await gatewayHas('Accepted=True Accepted', 'Programmed=True Programmed');
  assert.deepEqual(statusOf('Gateway', 'default', 'eg').addresses, [
    { type: 'IPAddress', value: '192.0.2.1' },
    { type: 'Hostname', value: 'lb.test' },
  ]);
});

test('addresses that are wanted are those of a Service, or the Gateway is not programmed', async () => {
  const wanting = (...addresses: readonly Manifest[]): Manifest => {
    const one = gateway();
    return { ...one, spec: { ...(one.spec as object), addresses } };
  };
  const labels = { 'gateway.networking.k8s.io/gateway-name': 'eg' };
  const metadata = { name: 'edge', namespace: 'default', labels };
  fake.put({ ...service('edge'), metadata, spec: { externalIPs: ['192.0.2.1'], ports: [{ port: 80 }] } });
  fake.put(wanting({ value: '192.0.2.1' }, { type: 'IPAddress', value: '192.0.2.2' }));
  await begin();
  await gatewayHas('Accepted=True Accepted', 'Programmed=False AddressNotUsable');
  fake.put(wanting({ value: '192.0.2.1' }, { type: 'IPAddress' }));
  await gatewayHas('Accepted=True Accepted', 'Programmed=True Programmed');
  fake.put(wanting({ value: '192.0.2.1' }, { type: 'example.com/any', value: 'a' }));
  await gatewayHas('Accepted=False UnsupportedAddress', 'Programmed=False Invalid');
});

test('what says the same is not written again', async () => {
  await begin();
  await gatewayHas('Accepted=True Accepted', 'Programmed=False AddressNotAssigned');
  await eventually('all is written', () => assert.equal(writes().length, 3));
  fake.put({ ...service('edge'), metadata: { name: 'other', namespace: 'default' } });
  await sleep(500);
  assert.equal(writes().length, 3);
});

test('a change that counts is judged anew, and no other: a status and what nothing names are none', async () => {
  let judged = 0;
  await begin();
  const { cluster } = world!;
  const relevant = cluster.relevant.bind(cluster);
  cluster.relevant = (...files) => {
    // A translation says which files it is of.
    judged += files.length;
    return relevant(...files);
  };
  await eventually('all is written', () => assert.equal(writes().length, 3));
  fake.put({ ...service('edge'), metadata: { name: 'other', namespace: 'default' } });
  await sleep(500);
  assert.ok(judged <= 1, `${judged} times`);
  const before = judged;
  fake.put(route('cart'));
  await eventually('it is judged', () => assert.ok(judged > before));
});

test('entries of other controllers stay; ours go with the reference', async () => {
  const theirs = { parentRef: { name: 'mesh' }, controllerName: 'istio.io/x', conditions: [] };
  const both = {
    ...route(),
    spec: { ...(route().spec as object), parentRefs: [{ name: 'mesh' }, { name: 'eg' }] },
  };
  fake.put({ ...both, status: { parents: [theirs] } });
  const names = () =>
    list(statusOf('HTTPRoute', 'default', 'shop').parents).map(({ controllerName }) => controllerName);
  await begin();
  await eventually('both are there', () => assert.deepEqual(names(), ['istio.io/x', CONTROLLER]));
  const { status } = fake.get('HTTPRoute', 'default', 'shop')!;
  fake.put(gateway('mesh', 'istio'));
  fake.put({ ...both, spec: { parentRefs: [{ name: 'mesh' }] }, status });
  await eventually('theirs is there', () => assert.deepEqual(names(), ['istio.io/x']));
});

test('what is refused is told as refused', async () => {
  fake.put({ ...route(), spec: { ...(route().spec as object), hostnames: ['not a host'] } });
  await begin();
  await eventually('the route is refused', () => {
    const [parent] = list(statusOf('HTTPRoute', 'default', 'shop').parents);
    assert.deepEqual(conditions(parent), ['Accepted=False UnsupportedValue']);
    assert.match(String(list(parent?.conditions)[0]?.message), /hostnames\[0\] must be a host name/);
  });
});

test('two Gateways with one port are judged each by itself', async () => {
  fake.put(gateway('second'));
  await begin();
  await eventually('both are accepted', () => {
    for (const name of ['eg', 'second'])
      assert.equal(conditions(statusOf('Gateway', 'default', name))[0], 'Accepted=True Accepted');
  });
});

test('a conflict is no trouble: what is there then is judged again', async () => {
  await begin();
  await gatewayHas('Accepted=True Accepted', 'Programmed=False AddressNotAssigned');
  fake.refuses.set('/status', 409);
  fake.put(service('edge'), { ...gateway(), spec: { gatewayClassName: 'loadstar', listeners: [] } });
  await eventually('it is tried', () => assert.ok(writes().length > 3));
  fake.refuses.clear();
  await eventually('it is written', () =>
    assert.equal(list(statusOf('Gateway', 'default', 'eg').conditions)[0]?.observedGeneration, 2),
  );
  assert.deepEqual(
    world!.lines.filter((line) => line.includes('status')),
    [],
  );
});

test('of two servers one writes; the other takes over', async () => {
  const one = await write();
  await eventually('one writes', () => assert.ok(writes().length > 0));
  const two = await write();
  const holder = () =>
    asObject((fake.get('Lease', 'edge', 'loadstar.dev.gateway-controller') as Manifest | undefined)?.spec)
      ?.holderIdentity;
  const first = holder();
  await one.writing.close();
  one.world.cluster.close();
  await eventually('the other holds it', () => assert.ok(![first, ''].includes(holder() as string)));
  ({ world, writing } = two);
  fake.put(gateway('second'));
  await eventually('the other writes', () =>
    assert.ok(conditions(statusOf('Gateway', 'default', 'second')).length > 0),
  );
});
