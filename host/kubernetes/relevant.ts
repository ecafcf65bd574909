/**
 * Which objects of a cluster count: Gateways of our classes, what attaches to them, and what that names. The
 * rest is other controllers' business: it is neither checked nor told, and its changes cost nothing.
 */
import { weakMemo } from '../basics/collections.ts';
import { compareText } from '../basics/text.ts';
import type { ResourceName } from '../diagnostics/diagnostic.ts';
import type { Document } from '../manifests/documents.ts';
import { ourGroups } from '../schema/other-kinds.ts';
import { asList, asObject, asText } from '../schema/words/findings.ts';
import { groupOf } from '../schema/words/kind.ts';
import { documentOf, keyOf, type Stored } from './objects.ts';

export interface Relevant {
  readonly documents: readonly Document[];
  /** Gateways of other classes, and what belongs to these alone: not unknown, only not ours. */
  readonly elsewhere: readonly ResourceName[];
  /** Ours. */
  readonly classes: readonly string[];
  /** `namespace/name` of ours. */
  readonly gateways: readonly string[];
}

/** Kinds that count when something names one. */
const NAMED: readonly string[] = ['Secret', 'ConfigMap', 'Service', 'EnvoyProxy'];
/** Kinds that a route can attach to. */
const PARENTS: readonly string[] = ['Gateway', 'ListenerSet', 'XListenerSet'];

/** @param before Given again where nothing that counts is another. */
export function relevant(
  objects: readonly Stored[],
  files: readonly Document[],
  controller: string,
  before?: Relevant,
): Relevant {
  const sorted = [...objects].sort((a, b) => compareText(a.kind, b.kind) || compareText(keyOf(a), keyOf(b)));
  const foreign = new Set<string>();
  const classes = sorted
    .filter(({ kind, value }) => kind === 'GatewayClass' && specOf(value).controllerName === controller)
    .map(({ name }) => name);
  const counts = (one: Stored): boolean => {
    const spec = specOf(one.value);
    if (one.kind === 'GatewayClass') return classes.includes(one.name);
    if (one.kind === 'Gateway') return classes.includes(String(spec.gatewayClassName));
    return attaches(one, foreign) !== false;
  };
  const chosen: Stored[] = [];
  // What is attached to comes before what attaches.
  for (const rank of [0, 1, 2, 3]) {
    for (const one of sorted) {
      if (rankOf(one) !== rank) continue;
      if (counts(one)) chosen.push(one);
      else foreign.add(`${one.kind} ${keyOf(one)}`);
    }
  }
  const named = new Set([...chosen, ...files].flatMap(({ value }) => namesIn(value)));
  const parts = sorted.filter((one) => rankOf(one) === undefined && named.has(partName(one)));
  const all = [...chosen, ...parts];
  if (before !== undefined && isSame(before, all, foreign)) return before;
  return {
    documents: all.map(documentOf),
    elsewhere: [...foreign].map((title) => {
      const [kind = '', namespace, name] = title.split(/[ /]/);
      return { kind, namespace, name };
    }),
    classes,
    gateways: chosen.filter(({ kind }) => kind === 'Gateway').map(keyOf),
  };
}

const isSame = (before: Relevant, all: readonly Stored[], foreign: ReadonlySet<string>): boolean =>
  before.documents.length === all.length &&
  before.elsewhere.length === foreign.size &&
  before.documents.every(({ value }, i) => value === documentOf(all[i]!).value) &&
  before.elsewhere.every(({ kind, namespace, name }) => foreign.has(`${kind} ${namespace}/${name}`));

const specOf = (value: Stored['value']) => asObject(value.spec) ?? {};

/** Undefined: it counts when something names it. */
function rankOf({ kind, value }: Stored): number | undefined {
  if (NAMED.includes(kind) || kind === 'EndpointSlice') return undefined;
  if (kind === 'Gateway' || kind === 'GatewayClass') return 0;
  const spec = specOf(value);
  if (spec.parentRef !== undefined) return 1;
  return kind.endsWith('Route') ? 2 : 3;
}

/** The name under which others speak of it: of an EndpointSlice, that of its Service. */
function partName({ kind, name, value }: Stored): string {
  if (kind !== 'EndpointSlice') return name;
  return asText(asObject(asObject(value.metadata)?.labels)?.['kubernetes.io/service-name']) ?? '';
}

const isOurs = ({ value }: Stored): boolean => ['', ...ourGroups].includes(groupOf(value.apiVersion));

/** Undefined: it attaches to nothing. False: only to what is not ours. */
function attaches(one: Stored, foreign: ReadonlySet<string>): boolean | undefined {
  const spec = specOf(one.value);
  const keyOfRef = (ref: unknown, implied: string) => {
    const { kind = implied, namespace = one.namespace, name } = asObject(ref) ?? {};
    return { kind: String(kind), key: `${kind} ${namespace}/${name}` };
  };
  if (one.kind.endsWith('Route') || spec.parentRef !== undefined)
    return [...asList(spec.parentRefs), spec.parentRef].some((ref) => {
      const { kind, key } = keyOfRef(ref, 'Gateway');
      return ref !== undefined && PARENTS.includes(kind) && !foreign.has(key);
    });
  const refs = [...asList(spec.targetRefs), spec.targetRef].filter((ref) => ref !== undefined);
  // Others' policies without a target are for workloads; Namespaces and grants have none.
  if (refs.length === 0) return isOurs(one) ? undefined : asList(spec.targetSelectors).length > 0;
  if (asList(spec.targetSelectors).length > 0) return true;
  return refs.some((ref) => {
    const { kind, key } = keyOfRef(ref, '');
    return !foreign.has(key) && (isOurs(one) || kind === 'Gateway' || kind.endsWith('Route'));
  });
}

/** Everything that is called `name` in it: of what it refers to, and a little more. */
const namesIn = weakMemo((value: object): readonly string[] => {
  const names = new Set<string>();
  const walk = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(walk);
    const fields = asObject(part);
    if (fields === undefined) return;
    if (typeof fields.name === 'string') names.add(fields.name);
    Object.values(fields).forEach(walk);
  };
  walk((value as Stored['value']).spec);
  return [...names];
});
