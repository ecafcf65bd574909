/**
 * The whole chain, text in and configuration out: sources → documents → resources → model → plan → Envoy's
 * bootstrap. Pure: the commands read and write files, this does not. Every stage's result is kept, so that
 * each can be shown and tested.
 */
import { Recent } from './basics/recent.ts';
import { type Diagnostic, hasErrors, type ResourceName, resourceTitle } from './diagnostics/diagnostic.ts';
import { nearestName } from './diagnostics/nearest.ts';
import { bootstrap } from './envoy/bootstrap.ts';
import type { Bootstrap, EnvoyOptions } from './envoy/envoy-types.ts';
import { notices } from './envoy/notices.ts';
import { type FilterPlan, planFilter } from './filter/plan.ts';
import { type Document, type ParsedText, parseDocuments, type Source } from './manifests/documents.ts';
import { type Placed, placeDocuments } from './manifests/kustomize.ts';
import { buildModel } from './model/build.ts';
import { chooseGateway } from './model/choose-gateway.ts';
import { withHosts } from './model/hosts-elsewhere.ts';
import type { AnyResource, Model } from './model/resources.ts';
import { type BuiltPlan, buildPlan } from './plan/build.ts';
import type { ResourceStatus } from './plan/status/conditions.ts';
import type { Plan } from './plan/types.ts';
import { type KnownReads, mergeSecurity, mergeSpecs, readResources } from './schema/index.ts';

/** Where documents come from beside texts: an API server. */
export interface ObjectSource {
  /** @param files What the texts hold: it may name objects. */
  relevant(files: readonly Document[]): {
    readonly documents: readonly Document[];
    /** What is there and means nothing here. */
    readonly elsewhere: readonly ResourceName[];
  };
}

/** As far as the plan. */
export interface PlanTranslation {
  /** As they stand in the input. */
  readonly documents: readonly Document[];
  readonly model: Model;
  readonly plan: Plan;
  readonly status: readonly ResourceStatus[];
  /** `HTTPRoute default/shop`: resources that are in the input but not in the model. */
  readonly refusedResources: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  readonly refused: boolean;
  /** For the next translation of the same input. */
  readonly known: Known;
}
export interface Translation extends PlanTranslation {
  readonly filter: FilterPlan;
  /** The configuration. To be used only if nothing is refused, or with --keep-going. */
  readonly bootstrap: Bootstrap;
}

export interface InputOptions {
  /** Warnings that a field is not translated refuse the input. */
  readonly strict: boolean;
  /** Of documents that name none, and that no kustomization puts into one; `default` when absent. */
  readonly namespace?: string;
  /** `namespace/name`: this one alone. */
  readonly gateway?: string;
  /** A service counts global rate limits; without one a policy that has some is invalid. */
  readonly globalLimits?: boolean;
  /** Ports below 1024 are bound as they stand. */
  readonly privilegedPorts?: boolean;
  /** A Service without EndpointSlices has its hosts all the same: who balances knows them. */
  readonly hostsElsewhere?: boolean;
  /** Milliseconds since 1970, which certificates are judged by; absent: now. */
  readonly now?: number;
}
export type TranslateOptions = EnvoyOptions & InputOptions;

/**
 * What a translation made of each piece of its input, for the next one of the same input: what did not change
 * is neither parsed nor validated again. Holds what the last translation used, and nothing else.
 */
export class Known {
  readonly texts: Recent<string, ParsedText> = new Recent();
  readonly placed: Placed = new Recent();
  readonly reads: KnownReads = new Recent();

  turn(): void {
    for (const part of [this.texts, this.placed, this.reads]) part.turn();
  }
}

/** @param found What reading the files has already found. */
export function translate(
  sources: readonly Source[],
  options: TranslateOptions,
  found: readonly Diagnostic[] = [],
): Translation {
  return toEnvoy(translatePlan(sources, options, found), options);
}

/** The last two stages. */
export function toEnvoy<T extends PlanTranslation>(
  planned: T,
  options: EnvoyOptions,
): T & Pick<Translation, 'filter' | 'bootstrap'> {
  const filter = planFilter(planned.plan, options.engine, options.live);
  return { ...planned, filter, bootstrap: bootstrap(planned.plan, options, filter) };
}

/**
 * @param found What reading the files has already found.
 * @param known Of the translation before; the result is the same without it.
 * @param objects They take part beside the texts.
 */
export function translatePlan(
  sources: readonly Source[],
  options: TranslateOptions,
  found: readonly Diagnostic[] = [],
  known: Known = new Known(),
  objects?: ObjectSource,
): PlanTranslation {
  known.turn();
  const diagnostics: Diagnostic[] = [...found];
  const keep = <T extends { diagnostics: readonly Diagnostic[] }>(stage: T): T => {
    // Not spread into one call: a large input has more findings than a call may have arguments.
    for (const found of stage.diagnostics) diagnostics.push(found);
    return stage;
  };
  let order = 0;
  const read = sources.flatMap((source) => {
    const before = known.texts.get(source.file);
    const parsed = keep(known.texts.keep(source.file, parseDocuments(source, order, before)));
    order += parsed.documents.length;
    return parsed.documents;
  });
  const placed = keep(placeDocuments(read, options.namespace, known.placed));
  const others = objects?.relevant(placed.documents);
  const more = (others?.documents ?? []).map((document, i) => ({ ...document, order: order + i }));
  const documents = [...placed.documents, ...more];
  const unread = diagnostics.some(
    ({ code, severity }) => severity === 'error' && code !== 'yaml-duplicate-key',
  );
  // `kustomize … | loadstar translate -f -` with nothing in the pipe: a configuration without listeners is
  // not what was meant.
  if (documents.length === 0 && !unread) diagnostics.splice(0, diagnostics.length, ...diagnostics.map(fatal));
  const { resources: given, standIns, refused } = keep(readResources(documents, known.reads));
  const resources = options.hostsElsewhere === true ? withHosts(given) : given;
  const { model: whole } = keep(buildModel(resources));
  const chosen = options.gateway === undefined ? undefined : chooseGateway(whole, options.gateway);
  const model = chosen?.model ?? whole;
  const gatewayRefused =
    whole.gateways.length === 0 && (unread || documents.some(({ value }) => value.kind === 'Gateway'));
  const unknown = chosen !== undefined && !chosen.known.includes(options.gateway!);
  if (unknown && !gatewayRefused) diagnostics.push(unknownGateway(options.gateway!, chosen.known));
  const now = options.now ?? Date.now();
  const { privilegedPorts, globalLimits } = options;
  const planOptions = { mergeSpecs, mergeSecurity, privilegedPorts, globalLimits, now };
  // A Gateway that a route of a cluster names may come; one of files would have.
  const notAssumed = gatewayRefused || unknown || objects !== undefined;
  const built = buildPlan(model, { ...planOptions, gatewayRefused: notAssumed });
  const { plan, status } = built;
  const told =
    standIns.length === 0
      ? built.diagnostics
      : asIfWhole(built, [...resources, ...standIns], { ...options, now });
  const absent = [...refused, ...(chosen?.dropped ?? []), ...(others?.elsewhere ?? [])];
  keep({ diagnostics: told.filter((found) => !mayBeThere(found, absent, unread)) });
  keep({ diagnostics: notices(plan, options) });
  if (plan.listeners.length === 0 && !hasErrors(diagnostics)) diagnostics.push(nothingListens(model));
  const judged = options.strict ? diagnostics.map(strictly) : diagnostics;
  return {
    documents: read,
    model,
    plan,
    status,
    refusedResources: refused.map(resourceTitle),
    diagnostics: judged,
    refused: hasErrors(judged),
    known,
  };
}

const unknownGateway = (wanted: string, known: readonly string[]): Diagnostic => {
  const near = nearestName(wanted, known);
  return {
    code: 'gateway-unknown',
    severity: 'error',
    message: `The Gateway ${wanted}, which --gateway chooses, is not in the input.`,
    value: wanted,
    rule: `Gateways of the input: ${known.join(', ') || 'none'}.`,
    ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
  };
};

/** Envoy would start and refuse every connection. After an error this is not reported as well. */
const nothingListens = ({ gateways }: Model): Diagnostic => ({
  code: 'nothing-listens',
  severity: 'warning',
  message:
    gateways.length > 0
      ? 'Nothing will listen: no Gateway of the input has a listener of protocol HTTP, HTTPS, TLS, TCP or UDP.'
      : 'Nothing will listen: the input has no Gateway, and no route for which one could be assumed.',
  rule: 'Envoy listens where a listener of a Gateway does.',
  hint:
    gateways.length > 0
      ? 'Give the Gateway a listener of protocol HTTP, HTTPS, TLS, TCP or UDP.'
      : 'Add a Gateway with a listener of protocol HTTP, HTTPS, TLS, TCP or UDP, or an HTTPRoute or GRPCRoute; check the apiVersion of those there are.',
});

/**
 * Reference errors, computed as if no document had been refused: that a route "does not exist" whose document
 * is refused would mislead, and that a refused policy names a route that does not exist has to be told in
 * this run.
 */
function asIfWhole(
  built: BuiltPlan,
  resources: readonly AnyResource[],
  { gateway, privilegedPorts, globalLimits, now }: InputOptions,
): readonly Diagnostic[] {
  const { model } = buildModel(resources);
  const chosen = gateway === undefined ? model : chooseGateway(model, gateway).model;
  const whole = buildPlan(chosen, {
    mergeSpecs,
    mergeSecurity,
    privilegedPorts,
    globalLimits,
    now,
  }).diagnostics;
  const known = new Set(built.diagnostics.map(identity));
  // Other messages would often be about what the stand-in lacks.
  return whole.filter((found) => REFERENCES.has(found.code) || known.has(identity(found)));
}
const REFERENCES: ReadonlySet<string> = new Set([
  'backend-unresolved',
  'ca-unresolved',
  'certificate-unresolved',
  'credential-unresolved',
  'filter-unresolved',
  'parent-unknown',
  'policy-conflict',
  'protection-not-translated',
  'section-unknown',
  'target-unknown',
]);

/** True for what is missing only because it was refused, or may be in a file that could not be read. */
function mayBeThere({ missing }: Diagnostic, refused: readonly ResourceName[], unread: boolean): boolean {
  if (missing === undefined) return false;
  // A refused document may say too little to know its name.
  const same = (a: string | undefined, b: string | undefined) =>
    a === undefined || b === undefined || a === b;
  return (
    unread ||
    refused.some(
      ({ kind, namespace, name }) =>
        kind === missing.kind && same(namespace, missing.namespace) && same(name, missing.name),
    )
  );
}

const fatal = (found: Diagnostic): Diagnostic => ({ ...found, severity: 'error' });

const identity = ({ code, message, at }: Diagnostic): string =>
  `${code} ${at?.file}:${at?.line}:${at?.column} ${message}`;

const strictly = (found: Diagnostic): Diagnostic =>
  found.code.endsWith('-not-translated') && found.severity === 'warning'
    ? { ...found, severity: 'error' }
    : found;
