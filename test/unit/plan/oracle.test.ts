/**
 * Every case of Envoy Gateway's own translator, through documents, schema and model to the plan: names, order, weights,
 * endpoints, actions and status must equal its answers. Where ours are better, or the case needs a kind that we do not
 * translate, the case is in the table with the reason and what then differs.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { type Diagnostic, hasErrors } from '../../../host/diagnostics/diagnostic.ts';
import { parseDocuments } from '../../../host/manifests/documents.ts';
import { buildModel } from '../../../host/model/build.ts';
import { buildPlan } from '../../../host/plan/build.ts';
import type { Condition, ResourceStatus } from '../../../host/plan/status.ts';
import { parsePolicySpec, readResources } from '../../../host/schema/index.ts';
import { type View, viewOfOracle, viewOfPlan } from './oracle-view.ts';

const oracle = resolve(dirname(fileURLToPath(import.meta.url)), '../../golden/oracle');
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
// biome-ignore lint/suspicious/noExplicitAny: the oracle's JSON
const first = (view: View): any => view.clusters[0];
const weighted: Deviation = {
  why: 'backend weights count: Envoy ignores locality weights in MAGLEV and CSWRR unless told',
  view: (view) => {
    first(view).localityWeighted = true;
  },
};

const onlyHttp: Deviation = {
  why: 'TCPRoute and TCP listeners are not translated (named in a diagnostic)',
  view: (view) => {
    view.listeners = view.listeners.filter((l) => l.startsWith('default/eg/http '));
    view.clusters = [];
    view.endpoints = [];
  },
  status: false,
};

/** Where we differ from Envoy Gateway and why. */
const deviations: Readonly<Record<string, Deviation>> = {
  'v21-bu-on-gateway': {
    why: 'load reports are stripped for every target kind',
    view: (view) => {
      view.virtualHosts[0].routes[0].strip = true;
    },
  },
  'v24b-endpointoverride-lr-slowstart': {
    why: 'the fallback of endpointOverride keeps its slow start',
    view: (view) => {
      first(view).slowStartMs = 30_000;
    },
  },
  'v37-weights-two-ch': weighted,
  'v40c-weights-bu': weighted,
  'v46-routingtype-service': {
    why: 'routingType: Service is not translated (a warning): requests go to the endpoints, not to a cluster IP',
    view: (view) => {
      view.endpoints[0].localities[0].hosts = [1, 2, 3, 4].map((n) => `10.0.0.${n}:3000 w=1`);
    },
  },
  'v54-tcproute-sourceip': onlyHttp,
  'w15-tcproute-rr': onlyHttp,
  'w30-mergebackends-portname': {
    why: 'EnvoyProxy mergeBackends is not translated: every rule has a pool of its own',
    view: (view) => {
      const pools = ['httproute/default/r1/rule/0', 'httproute/default/r2/rule/0'];
      const { localities } = view.endpoints[0];
      view.clusters = pools.map((name) => ({ ...first(view), name }));
      view.endpoints = pools.map((cluster) => ({
        cluster,
        localities: [{ ...localities[0], region: `${cluster}/backend/0` }],
      }));
      view.virtualHosts[0].routes.forEach((route: { forward: { to: string } }, i: number) => {
        route.forward.to = pools[i]!;
      });
    },
  },
};

/** Refused by Envoy Gateway or its schema, translated by us. */
const acceptedByUs: Readonly<Record<string, string>> = {
  'i17-bu-removeresponseheaders': 'removeResponseHeaders is a field in the documentation',
  'seed-backend-utilization-asdoc': 'removeResponseHeaders is a field in the documentation',
  'i47-no-gatewayclass': 'a Gateway without its GatewayClass is served, with a notice',
};

/** Refused by us, translated by Envoy Gateway. */
const refusedByUs: Readonly<Record<string, string>> = {
  'i42-headers-empty-list': 'without a header there is no key, and ConsistentHash would be random',
};

function run(name: string) {
  const file = join(oracle, 'cases', `${name}.yaml`);
  const documents = parseDocuments({ file, text: readFileSync(file, 'utf8') });
  const { resources, diagnostics: found } = readResources(documents.documents);
  const { model, diagnostics: about } = buildModel(resources);
  const built = buildPlan(model, { parsePolicySpec });
  const diagnostics: Diagnostic[] = [...documents.diagnostics, ...found, ...about, ...built.diagnostics];
  return { ...built, diagnostics };
}

/** `Kind/name` → parents or ancestors as the oracle has them. */
function statusView(status: readonly ResourceStatus[]): Record<string, unknown> {
  const view: Record<string, unknown> = {};
  for (const s of status) {
    if (s.kind === 'Gateway') {
      view[`${s.kind}/${s.name}`] = {
        listeners: s.listeners.map((l) => ({ ...l, conditions: byType(l.conditions) })),
      };
    } else if (s.kind === 'BackendTrafficPolicy') {
      if (s.ancestors.length === 0) continue;
      view[`${s.kind}/${s.name}`] = {
        ancestors: s.ancestors.map((a) => ({ ...a, conditions: byType(a.conditions) })),
      };
    } else {
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

// biome-ignore lint/suspicious/noExplicitAny: the oracle's JSON
function oracleStatus(file: any): Record<string, unknown> {
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
      assert.ok(!hasErrors(ours.diagnostics), acceptedByUs[name]);
      const routes = ours.plan.listeners.flatMap((l) => l.virtualHosts.flatMap((v) => v.routes));
      assert.ok(routes.length > 0 && routes.every((r) => r.action.kind === 'forward'));
      return;
    }
    if (!existsSync(xds)) {
      assert.ok(hasErrors(ours.diagnostics), 'Envoy Gateway refuses this; so must we');
      return;
    }
    if (refusedByUs[name] !== undefined) {
      assert.ok(hasErrors(ours.diagnostics), refusedByUs[name]);
      return;
    }
    const expected = viewOfOracle(parse(readFileSync(xds, 'utf8')));
    deviation?.view?.(expected);
    assert.deepEqual(viewOfPlan(ours.plan), expected);
    if (!existsSync(status) || deviation?.status === false) return;
    const wanted = oracleStatus(parse(readFileSync(status, 'utf8')));
    deviation?.status?.(wanted);
    assert.deepEqual(statusView(ours.status), wanted);
  });
}
