/** `export` for eight times the routes does eight times the work, counted by what is read of its input. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpRoute, policy, ref, render, rule, service } from '../../../demo/fakes/manifests.ts';
import { toEnvoyGateway } from '../../../host/export/envoy-gateway/to-envoy-gateway.ts';
import type { Exported } from '../../../host/export/exported.ts';
import { toIstio } from '../../../host/export/istio/to-istio.ts';
import { translatePlan } from '../../../host/translate.ts';
import { liveFilterOptions } from '../../support/engine-options.ts';
import { gateway, gatewayClass, listener, target } from '../plan/world.ts';

/** The same, where each reading of a field is counted. An object is always wrapped by the same one. */
function counted<T extends object>(value: T, onRead: () => void): T {
  const wrapped = new WeakMap<object, object>();
  const wrap = (one: unknown): unknown => {
    if (typeof one !== 'object' || one === null) return one;
    const { prototype } = Array.isArray(one) ? Array : Object;
    if (Object.getPrototypeOf(one) !== prototype) return one;
    const known = wrapped.get(one);
    if (known !== undefined) return known;
    // A copy: what is frozen must be given out as it is.
    const made = new Proxy(Array.isArray(one) ? [...one] : { ...one }, {
      get(of, name, self) {
        onRead();
        return wrap(Reflect.get(of, name, self));
      },
    });
    wrapped.set(one, made);
    return made;
  };
  return wrap(value) as T;
}

const input = (count: number): string =>
  render([
    ...[gatewayClass, gateway('eg', [listener('http', 8080)])],
    ...Array.from({ length: count }, (_, i) => [
      service(`s${i}`),
      httpRoute(`r${i}`, [rule('/', { backendRefs: [ref(`s${i}`)] })], { hostnames: [`h${i}.test`] }),
      policy(`p${i}`, [target('HTTPRoute', `r${i}`)], {
        loadBalancer: { type: 'BackendUtilization', backendUtilization: {} },
      }),
    ]).flat(),
  ]);
const modules = new Map();
const filterOptions = liveFilterOptions();
type Make = (...given: Parameters<typeof toIstio>) => Exported;
const engines: Readonly<Record<string, Make>> = {
  istio: toIstio,
  'envoy-gateway': (plan, model, options) =>
    toEnvoyGateway(plan, model, { ...options, names: 'v1', proxyNamespace: 'envoy-gateway-system' }),
};

function workOf(make: Make, count: number): number {
  let reads = 0;
  const sources = [{ file: 'a.yaml', text: input(count) }];
  const { plan, model } = translatePlan(sources, { ...filterOptions, hostsElsewhere: true });
  const onRead = () => {
    reads++;
  };
  const made = make(counted(plan, onRead), counted(model, onRead), { ...filterOptions, modules });
  assert.equal(made.fates.length, count);
  return reads;
}

for (const [name, make] of Object.entries(engines))
  test(`${name}: eight times the routes, eight times the work`, () => {
    const [few, many] = [workOf(make, 25), workOf(make, 200)];
    assert.ok(few > 1_000, `${few}`);
    assert.ok(many < 8.5 * few, `${few} and ${many} readings`);
  });
