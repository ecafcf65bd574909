/** Short manifests for the plan's tests: plain objects with the usual rest filled in, run through the real stages. */
import assert from 'node:assert/strict';
import type { Diagnostic } from '../../../host/diagnostics/diagnostic.ts';
import { parseDocuments } from '../../../host/manifests/documents.ts';
import { buildModel } from '../../../host/model/build.ts';
import { type BuiltPlan, buildPlan } from '../../../host/plan/build.ts';
import type { Condition, ResourceStatus } from '../../../host/plan/status/conditions.ts';
import type { ForwardAction, Pool, Route } from '../../../host/plan/types.ts';
import { parsePolicySpec, readResources } from '../../../host/schema/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: manifests are free-form
export type Manifest = Record<string, any>;

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const ENVOY_GATEWAY = 'gateway.envoyproxy.io/v1alpha1';
const resource = (apiVersion: string, kind: string, name: string, rest: Manifest): Manifest => {
  const { metadata, ...fields } = rest;
  return { apiVersion, kind, metadata: { name, namespace: 'default', ...metadata }, ...fields };
};

export const gatewayClass = {
  apiVersion: GATEWAY_API,
  kind: 'GatewayClass',
  metadata: { name: 'eg' },
  spec: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' },
};
export const listener = (name: string, port: number, rest: Manifest = {}): Manifest => ({
  name,
  port,
  protocol: 'HTTP',
  ...rest,
});
export const gateway = (
  name = 'eg',
  listeners: Manifest[] = [listener('http', 80)],
  metadata: Manifest = {},
): Manifest =>
  resource(GATEWAY_API, 'Gateway', name, { metadata, spec: { gatewayClassName: 'eg', listeners } });

export const ref = (name = 'backend', rest: Manifest = {}): Manifest => ({ name, port: 3000, ...rest });
export const rule = (path: string, rest: Manifest = {}): Manifest => ({
  matches: [{ path: { type: 'PathPrefix', value: path } }],
  backendRefs: [ref()],
  ...rest,
});
export const httpRoute = (
  name: string,
  rules: Manifest[] = [rule('/')],
  spec: Manifest = {},
  metadata: Manifest = {},
): Manifest =>
  resource(GATEWAY_API, 'HTTPRoute', name, {
    metadata,
    spec: { parentRefs: [{ name: 'eg' }], hostnames: ['www.example.com'], rules, ...spec },
  });
export const grpcRoute = (name: string, rules: Manifest[], spec: Manifest = {}): Manifest =>
  resource(GATEWAY_API, 'GRPCRoute', name, {
    spec: { parentRefs: [{ name: 'eg' }], hostnames: ['www.example.com'], rules, ...spec },
  });

export const service = (name = 'backend', port: Manifest = {}, rest: Manifest = {}): Manifest =>
  resource('v1', 'Service', name, {
    ...rest,
    spec: {
      clusterIP: '10.96.0.1',
      ports: [{ name: 'http', protocol: 'TCP', port: 3000, ...port }],
      ...rest.spec,
    },
  });
/** Endpoints as `address` or `[address, zone]`, or as they are in the API. */
export const slice = (
  name: string,
  of: string,
  endpoints: (string | [string, string] | Manifest)[],
  metadata: Manifest = {},
): Manifest =>
  resource('discovery.k8s.io/v1', 'EndpointSlice', name, {
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': of } },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: 3000 }],
    endpoints: endpoints.map((e) =>
      typeof e === 'string' ? { addresses: [e] } : Array.isArray(e) ? { addresses: [e[0]], zone: e[1] } : e,
    ),
  });
export const backend = (name: string, spec: Manifest): Manifest =>
  resource(ENVOY_GATEWAY, 'Backend', name, { spec });
export const backendRef = (name: string, rest: Manifest = {}): Manifest => ({
  group: 'gateway.envoyproxy.io',
  kind: 'Backend',
  name,
  ...rest,
});
export const grant = (namespace: string, from: Manifest, to: Manifest): Manifest =>
  resource('gateway.networking.k8s.io/v1beta1', 'ReferenceGrant', 'grant', {
    metadata: { namespace },
    spec: { from: [from], to: [to] },
  });

export const target = (kind: string, name: string, sectionName?: string): Manifest => ({
  group: 'gateway.networking.k8s.io',
  kind,
  name,
  ...(sectionName === undefined ? {} : { sectionName }),
});
export const policy = (
  name: string,
  targets: Manifest | Manifest[],
  spec: Manifest = {},
  metadata: Manifest = {},
): Manifest =>
  resource(ENVOY_GATEWAY, 'BackendTrafficPolicy', name, {
    metadata,
    spec: { ...(Array.isArray(targets) ? { targetRefs: targets } : targets), ...spec },
  });
export const lb = (type: string, rest: Manifest = {}): Manifest => ({ loadBalancer: { type, ...rest } });

/** Class, Gateway `eg`, Service `backend` with two endpoints. */
export const basics = [
  gatewayClass,
  gateway(),
  service(),
  slice('backend-1', 'backend', ['10.0.0.1', '10.0.0.2']),
];
/** The same without the Gateway. */
export const upstream = [service(), slice('backend-1', 'backend', ['10.0.0.1', '10.0.0.2'])];

export interface World extends BuiltPlan {
  /** Of all stages. */
  readonly all: readonly Diagnostic[];
  pool(name: string): Pool;
  /** Of all listeners, by `<rule>/match/<i>/<host>`; `r/0` is short for the first match of rule 0 of HTTPRoute default/r. */
  route(name: string): Route;
  forward(name: string): ForwardAction;
  codes(): string[];
  find(code: string): Diagnostic;
  /** Conditions of a resource's first parent or ancestor, by type. */
  conditions(kind: string, name: string, index?: number): Record<string, Condition>;
}

/** JSON is YAML, so positions and messages are the real ones. */
export function world(...manifests: (Manifest | Manifest[])[]): World {
  const text = manifests
    .flat()
    .map((m) => JSON.stringify(m, null, 2))
    .join('\n---\n');
  const documents = parseDocuments({ file: 'in.yaml', text });
  const read = readResources(documents.documents);
  const { model, diagnostics } = buildModel(read.resources);
  const built = buildPlan(model, { parsePolicySpec });
  const routes = built.plan.listeners.flatMap((l) => l.virtualHosts.flatMap((v) => v.routes));
  const found = <T>(value: T | undefined, what: string): T => {
    assert.ok(value !== undefined, `no ${what}`);
    return value;
  };
  const self: World = {
    ...built,
    all: [...documents.diagnostics, ...read.diagnostics, ...diagnostics, ...built.diagnostics],
    pool: (name) =>
      found(
        built.plan.pools.find((p) => p.name === name),
        `pool ${name}`,
      ),
    route(name) {
      const short = /^([\w-]+)\/(\d+)$/.exec(name);
      const full = short === null ? name : `httproute/default/${short[1]}/rule/${short[2]}/match/0/`;
      return found(
        routes.find((r) => r.name.startsWith(full)),
        `route ${name}`,
      );
    },
    forward(name) {
      const { action } = self.route(name);
      assert.equal(action.kind, 'forward', JSON.stringify(action));
      return action as ForwardAction;
    },
    codes: () => built.diagnostics.map((d) => d.code),
    find: (code) =>
      found(
        built.diagnostics.find((d) => d.code === code),
        `diagnostic ${code}`,
      ),
    conditions(kind, name, index = 0) {
      const status = found(
        built.status.find((s) => s.kind === kind && s.name === name),
        `status of ${kind} ${name}`,
      );
      return Object.fromEntries(listsOf(status)[index]!.map((c) => [c.type, c]));
    },
  };
  return self;
}

const listsOf = (status: ResourceStatus): (readonly Condition[])[] => {
  if (status.kind === 'Gateway') return status.listeners.map((l) => l.conditions);
  return status.kind === 'BackendTrafficPolicy'
    ? status.ancestors.map((a) => a.conditions)
    : status.parents.map((p) => p.conditions);
};
