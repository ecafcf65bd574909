/**
 * The whole chain, text in and configuration out: sources → documents → resources → model → plan → Envoy's bootstrap. Pure: the
 * commands read and write files, this does not. Every stage's result is kept, so that each can be shown and tested.
 */
import { type Diagnostic, hasErrors } from './diagnostics/diagnostic.ts';
import { bootstrap } from './envoy/bootstrap.ts';
import { notices } from './envoy/notices.ts';
import type { Bootstrap, EnvoyOptions } from './envoy/types.ts';
import { parseDocuments, type Source } from './manifests/documents.ts';
import { buildModel } from './model/build.ts';
import type { AnyResource, Model } from './model/resources.ts';
import { type BuiltPlan, buildPlan } from './plan/build.ts';
import type { ResourceStatus } from './plan/status/conditions.ts';
import type { Plan } from './plan/types.ts';
import { parsePolicySpec, readResources } from './schema/index.ts';

export interface Translation {
  readonly model: Model;
  readonly plan: Plan;
  readonly status: readonly ResourceStatus[];
  /** `HTTPRoute default/shop`: in the input, and not in the model. */
  readonly refusedResources: readonly string[];
  /** What Envoy Gateway would do with it; of use only when nothing is refused, or when the user asked to go on. */
  readonly bootstrap: Bootstrap;
  readonly diagnostics: readonly Diagnostic[];
  readonly refused: boolean;
}

export interface TranslateOptions extends EnvoyOptions {
  /** Warnings that a field is not translated refuse the input. */
  readonly strict: boolean;
}

/** @param found What reading the files has already found. */
export function translate(
  sources: readonly Source[],
  options: TranslateOptions,
  found: readonly Diagnostic[] = [],
): Translation {
  const diagnostics: Diagnostic[] = [...found];
  const keep = <T extends { diagnostics: readonly Diagnostic[] }>(stage: T): T => {
    // Not spread into one call: a large input has more findings than a call may have arguments.
    for (const found of stage.diagnostics) diagnostics.push(found);
    return stage;
  };
  let order = 0;
  const documents = sources.flatMap((source) => {
    const parsed = keep(parseDocuments(source, order));
    order += parsed.documents.length;
    return parsed.documents;
  });
  const unread = diagnostics.some(
    ({ code, severity }) => severity === 'error' && code !== 'yaml-duplicate-key',
  );
  // `kustomize … | loadstar translate -f -` with nothing in the pipe: a configuration without listeners is not what was meant.
  if (documents.length === 0 && !unread) diagnostics.splice(0, diagnostics.length, ...diagnostics.map(fatal));
  const { resources, standIns, refused } = keep(readResources(documents));
  const { model } = keep(buildModel(resources));
  const gatewayRefused =
    model.gateways.length === 0 && (unread || documents.some(({ value }) => value.kind === 'Gateway'));
  const built = buildPlan(model, { parsePolicySpec, gatewayRefused });
  const { plan, status } = built;
  const told = standIns.length === 0 ? built.diagnostics : asIfWhole(built, resources, standIns);
  keep({ diagnostics: told.filter((found) => !isAbout(found, refused, unread)) });
  keep({ diagnostics: notices(plan, options) });
  if (plan.listeners.length === 0 && !hasErrors(diagnostics)) diagnostics.push(nothingListens(model));
  const judged = options.strict ? diagnostics.map(strictly) : diagnostics;
  return {
    model,
    plan,
    status,
    refusedResources: refused,
    bootstrap: bootstrap(plan, options),
    diagnostics: judged,
    refused: hasErrors(judged),
  };
}

/** Envoy would start, and refuse every connection. After an error that is told already. */
const nothingListens = ({ gateways }: Model): Diagnostic => ({
  code: 'nothing-listens',
  severity: 'warning',
  message:
    gateways.length > 0
      ? 'Nothing will listen: no Gateway of the input has a listener of protocol HTTP.'
      : 'Nothing will listen: the input has no Gateway, and no route for which one could be assumed.',
  rule: 'Envoy listens where a listener of a Gateway does.',
  hint:
    gateways.length > 0
      ? 'Give the Gateway a listener of protocol HTTP.'
      : 'Add a Gateway with a listener of protocol HTTP, or an HTTPRoute or GRPCRoute; check the apiVersion of those there are.',
});

/**
 * What is to be said about references when some documents are refused: as if they were not. That a route "does not exist" whose
 * document is refused would mislead; that a refused policy names a route that does not exist has to be told now.
 */
function asIfWhole(
  built: BuiltPlan,
  resources: readonly AnyResource[],
  standIns: readonly AnyResource[],
): readonly Diagnostic[] {
  const { model } = buildModel([...resources, ...standIns]);
  const whole = buildPlan(model, { parsePolicySpec }).diagnostics;
  const known = new Set(built.diagnostics.map(identity));
  // Of the rest, much is about what the stand-in lacks.
  return whole.filter((found) => REFERENCES.has(found.code) || known.has(identity(found)));
}
const REFERENCES: ReadonlySet<string> = new Set([
  'backend-unresolved',
  'parent-unknown',
  'policy-conflict',
  'section-unknown',
  'target-unknown',
]);

/**
 * What is missing only because it was refused, or may stand in a file that could not be read: to say that it is not in the input
 * would mislead. The messages name it as `refused` does.
 */
function isAbout({ code, message }: Diagnostic, refused: readonly string[], unread: boolean): boolean {
  if (!ABSENCES.has(code)) return false;
  if (code === 'endpoints-missing' && refused.some((name) => name.startsWith('EndpointSlice '))) return true;
  const words = ` ${message} `.replace(/\. /g, ' ');
  return unread || refused.some((name) => words.includes(` ${name} `));
}
const ABSENCES: ReadonlySet<string> = new Set([
  'backend-unresolved',
  'endpoints-missing',
  'gateway-class-unknown',
  'parent-unknown',
  'selector-empty',
  'target-unknown',
]);
const fatal = (found: Diagnostic): Diagnostic => ({ ...found, severity: 'error' });

const identity = ({ code, message, at }: Diagnostic): string =>
  `${code} ${at?.file}:${at?.line}:${at?.column} ${message}`;

const strictly = (found: Diagnostic): Diagnostic =>
  found.code.endsWith('-not-translated') && found.severity === 'warning'
    ? { ...found, severity: 'error' }
    : found;
