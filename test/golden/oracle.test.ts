/**
 * Every case of Envoy Gateway's own translator, through the whole chain: the Envoy configuration that is
 * emitted (engine native) and the status must equal its answers field by field. Where ours are better, or the
 * case needs something that we do not translate, the case is in a table with the reason and what then
 * differs.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Condition, ResourceStatus } from '../../host/plan/status/conditions.ts';
import { type Translation, translate } from '../../host/translate.ts';
import { type Json, type View, viewOfBootstrap, viewOfOracle } from './oracle-view.ts';

const oracle = resolve(dirname(fileURLToPath(import.meta.url)), 'oracle');
const names = readdirSync(join(oracle, 'cases'))
  .map((file) => file.replace('.yaml', ''))
  .sort();

interface Deviation {
  readonly why: string;
  /** Makes the oracle's view what ours is. */
  readonly view?: (view: View) => void;
  /** The same for the status; false: not compared. */
  readonly status?: ((status: Record<string, unknown>) => void) | false;
}
const policy = (cluster: Json): Json => cluster.loadBalancingPolicy.policies[0].typedExtensionConfig;

const weighted = 'backend weights count: Envoy ignores locality weights in MAGLEV and CSWRR unless told';

/** Where we differ from Envoy Gateway and why. */
const deviations: Readonly<Record<string, Deviation>> = {
  'v21-bu-on-gateway': {
    why: 'load reports are stripped for every target kind',
    view: (view) => {
      view.routes[0].virtualHosts[0].routes[0].responseHeadersToRemove = [
        'endpoint-load-metrics',
        'endpoint-load-metrics-bin',
      ];
    },
  },
  'v23-endpointoverride-rr': {
    why: 'the fallback of endpointOverride keeps its locality weights',
    view: (view) => {
      const fallback = policy(view.clusters[0]).typedConfig.fallbackPolicy;
      fallback.policies[0].typedExtensionConfig.typedConfig.localityLbConfig = {
        localityWeightedLbConfig: {},
      };
    },
  },
  'v24b-endpointoverride-lr-slowstart': {
    why: 'the fallback of endpointOverride keeps its locality weights and slow start',
    view: (view) => {
      const fallback = policy(view.clusters[0]).typedConfig.fallbackPolicy;
      Object.assign(fallback.policies[0].typedExtensionConfig.typedConfig, {
        localityLbConfig: { localityWeightedLbConfig: {} },
        slowStartConfig: { slowStartWindow: '30s' },
      });
    },
  },
  'v37-weights-two-ch': {
    why: weighted,
    view: (view) => {
      policy(view.clusters[0]).typedConfig.localityWeightedLbConfig = {};
    },
  },
  'v40c-weights-bu': {
    why: weighted,
    view: (view) => {
      const inner = view.clusters[0].loadBalancingPolicy;
      const type = 'type.googleapis.com/envoy.extensions.load_balancing_policies.wrr_locality.v3.WrrLocality';
      view.clusters[0].loadBalancingPolicy = {
        policies: [
          {
            typedExtensionConfig: {
              name: 'envoy.load_balancing_policies.wrr_locality',
              typedConfig: { '@type': type, endpointPickingPolicy: inner },
            },
          },
        ],
      };
    },
  },
  'v44-httproute-retry': {
    why: "a rule's own retry also holds for broken connections and tries that take too long, as Gateway API wants",
    view: (view) => {
      view.routes[0].virtualHosts[0].routes[0].route.retryPolicy.retryOn += ',reset';
    },
  },
  'v55-http-timeout-and-cb': {
    why: "the case sets connectTimeout and bufferLimit, which the oracle's condensed files leave out",
    view: (view) => {
      Object.assign(view.clusters[0], { connectTimeout: '3s', perConnectionBufferLimitBytes: 65_536 });
    },
  },
  'v57-session-persistence-with-lb': {
    why: 'every filter that a route switches on stands in a FilterConfig',
    view: (view) => {
      const filters = view.routes[0].virtualHosts[0].routes[0].typedPerFilterConfig;
      for (const [name, config] of Object.entries(filters))
        filters[name] = { '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig', config };
    },
  },
  'w30-mergebackends-portname': {
    why: 'EnvoyProxy mergeBackends is not translated: every rule has a pool of its own',
    view: (view) => {
      const pools = ['httproute/default/r1/rule/0', 'httproute/default/r2/rule/0'];
      const [cluster] = view.clusters;
      const { localities } = view.endpoints[0];
      view.clusters = pools.map((name) => ({ ...cluster, name }));
      view.endpoints = pools.map((name) => ({
        cluster: name,
        localities: [{ ...localities[0], locality: { region: `${name}/backend/0` } }],
      }));
      view.routes[0].virtualHosts[0].routes.forEach((route: Json, i: number) => {
        route.route.cluster = pools[i];
      });
    },
  },
};

/** Refused by Envoy Gateway or its schema, translated by us. */
const acceptedByUs: Readonly<Record<string, string>> = {
  'i17-bu-removeresponseheaders': 'removeResponseHeaders is a field in the documentation',
  'seed-backend-utilization-asdoc': 'removeResponseHeaders is a field in the documentation',
  'i47-no-gatewayclass': 'off Kubernetes a GatewayClass has no meaning: a Gateway without one is served',
};

/** Refused by us, translated by Envoy Gateway. */
const refusedByUs: Readonly<Record<string, string>> = {
  'i42-headers-empty-list': 'without a header there is no key, and ConsistentHash would be random',
};

function run(name: string): Translation {
  const file = join(oracle, 'cases', `${name}.yaml`);
  return translate([{ file, text: readFileSync(file, 'utf8') }], {
    engine: 'native',
    wasm: '',
    admin: { address: '127.0.0.1', port: 0 },
    strict: false,
  });
}

/** `Kind/name` → parents or ancestors as the oracle has them. */
function statusView(status: readonly ResourceStatus[]): Record<string, unknown> {
  const view: Record<string, unknown> = {};
  for (const s of status) {
    if (s.kind === 'Gateway') {
      view[`${s.kind}/${s.name}`] = {
        // Where a port is bound is ours to say; Kubernetes has no word for it.
        listeners: s.listeners.map(({ port: _, boundPort: __, ...l }) => ({
          ...l,
          conditions: byType(l.conditions),
        })),
      };
    } else if ('ancestors' in s) {
      if (s.ancestors.length === 0) continue;
      view[`${s.kind}/${s.name}`] = {
        ancestors: s.ancestors.map((a) => ({ ...a, conditions: byType(a.conditions) })),
      };
    } else if ('parents' in s) {
      view[`${s.kind}/${s.name}`] = {
        parents: s.parents.map((p) => ({ ...p, conditions: byType(p.conditions) })),
      };
    }
  }
  return JSON.parse(JSON.stringify(view));
}
/** Conditions are a map by type in the API. */
const byType = (conditions: readonly Condition[]): Condition[] =>
  [...conditions].sort((a, b) => (a.type < b.type ? -1 : 1));

function oracleStatus(file: Json): Record<string, unknown> {
  const view: Record<string, unknown> = {};
  for (const [key, value] of Object.entries<Record<string, { conditions: Condition[] }[]>>(
    file.status ?? {},
  )) {
    if (key.startsWith('Backend/')) continue;
    view[key] = Object.fromEntries(
      Object.entries(value).map(([field, list]) => [
        field,
        list.map((entry) => ({ ...entry, conditions: byType(entry.conditions) })),
      ]),
    );
  }
  return view;
}

for (const name of names) {
  const deviation = deviations[name];
  const xds = join(oracle, 'xds', `${name}.yaml`);
  const status = join(oracle, 'status', `${name}.yaml`);
  test(`oracle ${name}${deviation === undefined ? '' : `: ${deviation.why}`}`, () => {
    const ours = run(name);
    if (acceptedByUs[name] !== undefined) {
      assert.ok(!ours.refused, acceptedByUs[name]);
      const routes = ours.plan.listeners.flatMap((l) => l.virtualHosts.flatMap((v) => v.routes));
      assert.ok(routes.length > 0 && routes.every((r) => r.action.kind === 'forward'));
      return;
    }
    if (!existsSync(xds)) {
      assert.ok(ours.refused, 'Envoy Gateway refuses this; so must we');
      return;
    }
    if (refusedByUs[name] !== undefined) {
      assert.ok(ours.refused, refusedByUs[name]);
      return;
    }
    const expected = viewOfOracle(parse(readFileSync(xds, 'utf8')));
    deviation?.view?.(expected);
    assert.deepEqual(viewOfBootstrap(ours.bootstrap), expected);
    if (!existsSync(status) || deviation?.status === false) return;
    const wanted = oracleStatus(parse(readFileSync(status, 'utf8')));
    deviation?.status?.(wanted);
    assert.deepEqual(statusView(ours.status), wanted);
  });
}
