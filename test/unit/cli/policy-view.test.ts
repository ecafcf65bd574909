/**
 * Which policy displaces which, where routes, kinds and Gateways share names: `check` and `explain` tell what
 * the plan does.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyViews } from '../../../host/cli/policy-view.ts';
import { explainPolicy } from '../../../host/explain/policy-why.ts';
import { translate } from '../../../host/translate.ts';
import { nativeOptions } from '../../support/engine-options.ts';

const gatewayApi = 'apiVersion: gateway.networking.k8s.io/v1';
const gateway = (name: string, port: number): string =>
  `---\n${gatewayApi}\nkind: Gateway\nmetadata: {name: ${name}}\nspec:\n  gatewayClassName: eg\n  listeners:\n  - {name: http, protocol: HTTP, port: ${port}}\n`;
const route = (kind: string, name: string, parent: string, rules: string): string =>
  `---\n${gatewayApi}\nkind: ${kind}\nmetadata: {name: ${name}}\nspec:\n  parentRefs: [{name: ${parent}}]\n  rules: ${rules}\n`;
const policy = (name: string, kind: string, target: string, section?: string): string =>
  `---\napiVersion: gateway.envoyproxy.io/v1alpha1\nkind: BackendTrafficPolicy\nmetadata: {name: ${name}}\nspec:\n  targetRefs:\n  - {group: gateway.networking.k8s.io, kind: ${kind}, name: ${target}${section === undefined ? '' : `, sectionName: ${section}`}}\n  loadBalancer: {type: Random}\n`;
const backends = '[{backendRefs: [{name: web, port: 80}]}]';
const service =
  '---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-1, labels: {kubernetes.io/service-name: web}}\naddressType: IPv4\nports: [{port: 80}]\nendpoints: [{addresses: [127.0.0.1]}]\n';

function read(...manifests: string[]) {
  const { model, plan } = translate([{ file: 'in.yaml', text: service + manifests.join('') }], nativeOptions);
  const views = policyViews(model, plan);
  const view = (name: string) => views.get(`default/${name}`)!;
  const targets = new Map([...views].map(([key, { targets: of }]) => [key, of]));
  const routes = plan.listeners.flatMap((l) => l.virtualHosts.flatMap((host) => host.routes));
  const why = (name: string) => explainPolicy(routes.find((r) => r.name.startsWith(name))!, targets).why;
  return { view, why };
}

test('a policy overrides that of a Gateway only where its route is attached to it, whatever a namesake of another kind does', () => {
  const { view, why } = read(
    gateway('a', 8080),
    gateway('b', 8081),
    route('HTTPRoute', 'x', 'a', backends),
    route('GRPCRoute', 'x', 'b', backends),
    policy('for-gateway-a', 'Gateway', 'a'),
    policy('for-gateway-b', 'Gateway', 'b'),
    policy('for-http-x', 'HTTPRoute', 'x'),
    policy('for-grpc-x', 'GRPCRoute', 'x'),
  );
  assert.deepEqual(view('for-http-x').overrides, ['default/for-gateway-a']);
  assert.deepEqual(view('for-grpc-x').overrides, ['default/for-gateway-b']);
  assert.deepEqual(view('for-gateway-a').overriddenBy, ['default/for-http-x']);
  assert.deepEqual(view('for-gateway-b').overriddenBy, ['default/for-grpc-x']);
  assert.deepEqual(why('grpcroute/default/x'), [
    'it targets GRPCRoute default/x',
    'it overrides default/for-gateway-b, which targets Gateway default/b',
  ]);
});

test('a policy of a rule overrides those above it on that rule, not a policy for rules of that name elsewhere', () => {
  const named = '[{name: one, backendRefs: [{name: web, port: 80}]}, {backendRefs: [{name: web, port: 80}]}]';
  const { view, why } = read(
    gateway('a', 8080),
    route(
      'HTTPRoute',
      'x',
      'a',
      named.replace('backendRefs', 'matches: [{path: {value: /x1}}], backendRefs'),
    ),
    route(
      'HTTPRoute',
      'y',
      'a',
      named.replace('backendRefs', 'matches: [{path: {value: /y1}}], backendRefs'),
    ),
    policy('x-one', 'HTTPRoute', 'x', 'one'),
    policy('y-one', 'HTTPRoute', 'y', 'one'),
    policy('y', 'HTTPRoute', 'y'),
    policy('z-late', 'HTTPRoute', 'y'),
  );
  assert.deepEqual(view('x-one').overrides, []);
  assert.deepEqual(view('y-one').overrides, ['default/y']);
  assert.deepEqual([view('y').overrides, view('y').overriddenBy], [[], ['default/y-one']]);
  assert.deepEqual(why('httproute/default/y/rule/1'), [
    'it targets HTTPRoute default/y',
    'not default/z-late: Unable to target HTTPRoute y, another BackendTrafficPolicy has already attached to it',
  ]);
});

test('no policy: none is told about', () => {
  const { why } = read(
    gateway('a', 8080),
    route('HTTPRoute', 'x', 'a', backends),
    policy('y', 'HTTPRoute', 'y'),
  );
  assert.deepEqual(why('httproute/default/x'), [
    'no BackendTrafficPolicy holds here: least request, the default',
  ]);
});
