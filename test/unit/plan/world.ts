/**
 * Short manifests for the plan's tests: plain objects with the usual rest filled in, run through the real
 * stages.
 */
import assert from 'node:assert/strict';
import {
  gateway,
  gatewayClass,
  type Manifest,
  render,
  service,
  slice,
} from '../../../demo/fakes/manifests.ts';
import type { Diagnostic } from '../../../host/diagnostics/diagnostic.ts';
import { parseDocuments } from '../../../host/manifests/documents.ts';
import { buildModel } from '../../../host/model/build.ts';
import { type BuiltPlan, buildPlan } from '../../../host/plan/build.ts';
import type { Condition, ResourceStatus } from '../../../host/plan/status/conditions.ts';
import type { ForwardAction, Pool, Route } from '../../../host/plan/types.ts';
import { mergeSecurity, mergeSpecs, readResources } from '../../../host/schema/index.ts';
import { frozen } from '../../support/frozen.ts';

export * from '../../../demo/fakes/manifests.ts';

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
  /**
   * Of all listeners, by `<rule>/match/<i>/<host>`; `r/0` is short for the first match of rule 0 of HTTPRoute
   * default/r.
   */
  route(name: string): Route;
  forward(name: string): ForwardAction;
  codes(): string[];
  find(code: string): Diagnostic;
  /** Conditions of a resource's first parent or ancestor, by type. */
  conditions(kind: string, name: string, index?: number): Record<string, Condition>;
}

/** JSON is YAML, so positions and messages are the real ones. */
export const world = (...manifests: (Manifest | Manifest[])[]): World => worldOf(render(manifests.flat()));

/** The same of a text, for what no plain object can hold. */
export function worldOf(text: string): World {
  const documents = parseDocuments({ file: 'in.yaml', text });
  const read = readResources(documents.documents);
  const { model, diagnostics } = buildModel(read.resources);
  const built = buildPlan(frozen(model), { mergeSpecs, mergeSecurity });
  frozen(built.plan);
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
  if ('listeners' in status) return status.listeners.map((l) => l.conditions);
  return 'ancestors' in status
    ? status.ancestors.map((a) => a.conditions)
    : status.parents.map((p) => p.conditions);
};
