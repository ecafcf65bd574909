/**
 * `loadstar explain --utilization` for a policy that is sticky until hot: the filter itself gets the loads.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Explanation, KeyChoice } from '../../../host/explain/explanation.ts';
import { wasmPath } from '../../support/translate.ts';
import { run } from '../cli/run-cli.ts';
import { shop } from '../cli/shop.ts';

const sticky = shop.replace(
  'metadata: {name: sticky}',
  'metadata: {name: sticky, annotations: {loadstar/utilization-target: "0.6"}}',
);

async function explain(user: string, ...argv: string[]): Promise<KeyChoice> {
  const { code, stdout, stderr } = await run(
    [
      ...['explain', '--wasm', wasmPath(), '--format', 'json', '-f', '-', '--host', 'shop.example.com'],
      ...['-H', `x-user: ${user}`, ...argv],
    ],
    sticky,
  );
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as Explanation).pools[0]!.choice as KeyChoice;
}

test('without loads nothing is told of them, and the key is at home', async () => {
  const choice = await explain('ada');
  assert.equal(choice.sticky?.utilizationTarget, 0.6);
  assert.equal(choice.sticky?.loaded, undefined);
  assert.equal(choice.sticky?.ignored, undefined);
});

test('a hot host gives a part of its keys to the next host, a cool one none', async () => {
  const moved: boolean[] = [];
  for (const user of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l']) {
    const { host: home, next } = (await explain(user)).pick!;
    const hot = (await explain(user, '--utilization', `${home}=1`)).sticky!.loaded!;
    assert.deepEqual(
      hot.shed.map(({ host }) => host),
      [home],
    );
    const { share } = hot.shed[0]!;
    assert.ok(share > 0.2 && share < 0.8, `${share}`);
    assert.ok(hot.host === home || hot.host === next[0]!.host);
    moved.push(hot.host !== home);
    const cool = (await explain(user, '--utilization', `${home}=0.5`)).sticky!.loaded!;
    assert.deepEqual(cool, { seconds: 10, shed: [], host: home });
  }
  assert.equal(new Set(moved).size, 2, 'some stay, some go');
});

test('with Envoy alone there is no such choice', async () => {
  const { pick } = await explain('ada');
  const choice = await explain('ada', '--utilization', `${pick!.host}=1`, '--engine', 'native');
  assert.equal(choice.sticky?.loaded, undefined);
  assert.equal(choice.sticky?.ignored, true);
});

test('with Envoy alone the text and a warning say that sticky until hot has no effect', async () => {
  const argv = ['-f', '-', '--host', 'shop.example.com', '-H', 'x-user: ada', '--engine', 'native'];
  const { stdout, stderr } = await run(['explain', '--wasm', wasmPath(), ...argv], sticky);
  assert.match(stdout, /sticky +without effect/);
  assert.doesNotMatch(stdout, /while it is not hot/);
  assert.match(stderr, /warning.*Sticky until hot has no effect with the engine native/s);
});

test('with the filter, Envoy picks, and the filter changes keys', async () => {
  const argv = ['-f', '-', '--host', 'shop.example.com', '-H', 'x-user: ada'];
  const { stdout } = await run(['explain', '--wasm', wasmPath(), ...argv], sticky);
  assert.match(stdout, /^balancer .*picked by Envoy's own Maglev; the filter changes the key/m);
});

test('a load report counts by the metric names of the annotation, and only for the filter', async () => {
  const named = sticky.replace('"0.6"', '"0.6", loadstar/metric-names: named_metrics.kv');
  const argv = ['-f', '-', '--orca', 'endpoint-load-metrics: TEXT named_metrics.kv=0.9,cpu_utilization=0.1'];
  for (const [text, utilization] of [
    [named, 0.9],
    [sticky, 0.1],
  ] as const) {
    const { stdout } = await run(['explain', '--wasm', wasmPath(), ...argv], text);
    assert.match(stdout, new RegExp(`^utilization ${utilization}$`, 'm'));
    assert.match(stdout, /^to Envoy +nothing: the filter alone reads it/m);
    assert.doesNotMatch(stdout, /^weight/m);
  }
});

test('simulate has nothing to say about engines', async () => {
  const { code, stderr } = await run(['simulate', '--wasm', wasmPath(), '-f', '-', '--keys', '100'], sticky);
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /engine/);
});

test('hosts that come from DNS are not known here, and it says that a key may leave its own', async () => {
  const route = (annotation: string) => `
kind: HTTPRoute
apiVersion: gateway.networking.k8s.io/v1
metadata: {name: r}
spec: {parentRefs: [{name: eg}], rules: [{backendRefs: [{group: gateway.envoyproxy.io, kind: Backend, name: b}]}]}
---
kind: Backend
apiVersion: gateway.envoyproxy.io/v1alpha1
metadata: {name: b}
spec: {endpoints: [{fqdn: {hostname: models.example.com, port: 80}}]}
---
kind: BackendTrafficPolicy
apiVersion: gateway.envoyproxy.io/v1alpha1
metadata: {name: p${annotation}}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}]
  loadBalancer: {type: ConsistentHash, consistentHash: {type: Header, header: {name: x-user}}}`;
  const how = async (annotation: string): Promise<string> => {
    const argv = ['explain', '--wasm', wasmPath(), '-f', '-', '--host', 'a.b', '-H', 'x-user: ada'];
    const { code, stdout, stderr } = await run(argv, route(annotation));
    assert.equal(code, 0, stderr);
    return /^balancer +(.*)$/m.exec(stdout)![1]!;
  };
  const plain = "hosts come from DNS while Envoy runs; Envoy's own Maglev by header x-user";
  assert.equal(await how(''), plain);
  assert.equal(
    await how(', annotations: {loadstar/utilization-target: "0.8"}'),
    `${plain}, at home while that is not hot (sticky until hot)`,
  );
});
