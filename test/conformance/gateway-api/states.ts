/** Compares what `loadstar check` says of resources with the conditions that the suite demands. */
import type { Placed } from './base.ts';
import type { Stage } from './words.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}
interface Listener {
  readonly name: string;
  readonly attachedRoutes: number;
  readonly supportedKinds: readonly { readonly kind: string }[];
  readonly conditions: readonly Condition[];
}
interface Resource {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly conditions?: readonly Condition[];
  readonly listeners?: readonly Listener[];
  readonly attachedListenerSets?: number;
  readonly parents?: readonly {
    readonly parentRef: { readonly name: string };
    readonly conditions: readonly Condition[];
  }[];
  readonly ancestors?: readonly { readonly conditions: readonly Condition[] }[];
}
/** Of `check --format json`. */
export interface Checked {
  readonly resources: readonly Resource[];
}

const ROUTES = /Route$/;
const FINE = ['Accepted=True', 'ResolvedRefs=True'];

/** A resource, and what `check` must say of it. */
type Demand = readonly [name: string, demand: string];

export function demandsOf({ manifests = [], states = {} }: Stage): readonly Demand[] {
  const others = manifests
    .filter(({ kind }) => ROUTES.test(kind))
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    .filter((name) => !(name in states));
  const wanted = [...Object.entries(states), ...others.map((name) => [name, FINE] as const)];
  return wanted.flatMap(([name, demands]) => demands.map((demand) => [name, demand] as const));
}

/** @returns one text for each condition that is not as demanded. */
export const compareStates = (demands: readonly Demand[], placed: Placed, checked: Checked): string[] =>
  demands.flatMap(([name, demand]) => {
    const found = saysOf(name, placed, checked);
    const [what] = demand.split('=') as [string];
    return found.length > 0 && found.every((said) => meets(demand, said[what]))
      ? []
      : [`${name}: ${demand} was demanded, and check says ${found.map((said) => said[what]).join(', ')}`];
  });

/**
 * For each parent of a route, each ancestor of a policy: what is said there, by the name of the condition.
 */
function saysOf(name: string, { id }: Placed, checked: Checked): Record<string, string>[] {
  const [kind, path] = name.split(' ') as [string, string];
  const [resource, section] = path.split('/') as [string, string | undefined];
  const found = checked.resources.find(
    (one) => one.kind === kind && one.name === resource && one.namespace.startsWith(`${id}-`),
  );
  if (found === undefined) return [];
  if (section !== undefined && found.parents !== undefined)
    return found.parents
      .filter(({ parentRef }) => parentRef.name === section)
      .map(({ conditions }) => said(conditions));
  if (section !== undefined)
    return (found.listeners ?? []).filter((one) => one.name === section).map(listenerSays);
  if (found.conditions !== undefined)
    return [{ ...said(found.conditions), sets: String(found.attachedListenerSets ?? 0) }];
  return (found.parents ?? found.ancestors ?? []).map(({ conditions }) => said(conditions));
}

const said = (conditions: readonly Condition[]): Record<string, string> =>
  Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
const listenerSays = ({ attachedRoutes, supportedKinds, conditions }: Listener): Record<string, string> => ({
  ...said(conditions),
  attachedRoutes: String(attachedRoutes),
  kinds: supportedKinds.map(({ kind }) => kind).join(','),
});

/** A demand without a reason is met by any; `kinds` by more kinds, unless it names none. */
function meets(demand: string, text: string | undefined): boolean {
  const [what, wanted] = demand.split('=') as [string, string];
  if (text === undefined) return false;
  if (what === 'kinds')
    return wanted === '' ? text === '' : wanted.split(',').every((kind) => text.split(',').includes(kind));
  return text === wanted || (!wanted.includes(' ') && text.startsWith(`${wanted} `));
}
