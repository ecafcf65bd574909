/** The status of what an API server took and Loadstar refuses: the errors say why. */
import type { Condition } from '../../plan/status/conditions.ts';
import { asList, asObject } from '../../schema/words/findings.ts';
import type { Stored } from '../objects.ts';
import type { Entry } from './entries.ts';

type Fields = Readonly<Record<string, unknown>>;
const GROUP = 'gateway.networking.k8s.io';
const LONGEST = 4_096;

export const refusal = (why = ''): Condition => ({
  type: 'Accepted',
  status: 'False',
  reason: 'Invalid',
  message: why.slice(0, LONGEST),
});

/**
 * Under each of our Gateways that it names, or that the routes name which it targets.
 * @param gateways Ours, as `namespace/name`.
 */
export function refusedEntries(
  one: Stored,
  gateways: ReadonlySet<string>,
  objects: readonly Stored[],
  why: string | undefined,
): readonly Entry[] {
  const isRoute = one.kind.endsWith('Route');
  const condition = { ...refusal(why), ...(isRoute ? { reason: 'UnsupportedValue' } : {}) };
  const refs = isRoute ? parentsOf(one, gateways) : ancestorsOf(one, gateways, objects);
  return refs.map((ref) => ({ ref, conditions: [condition] }));
}

const refsIn = (one: Stored, field: string): readonly Fields[] =>
  asList(asObject(one.value.spec)?.[field]).map((ref) => asObject(ref) ?? {});

/** Those of its references that lead to Gateways of ours, as they are written. */
const parentsOf = (route: Stored, gateways: ReadonlySet<string>): readonly Fields[] =>
  refsIn(route, 'parentRefs').filter(
    ({ kind = 'Gateway', namespace = route.namespace, name }) =>
      kind === 'Gateway' && gateways.has(`${namespace}/${name}`),
  );

function ancestorsOf(
  policy: Stored,
  gateways: ReadonlySet<string>,
  objects: readonly Stored[],
): readonly Fields[] {
  const found = new Set<string>();
  for (const { kind, name } of refsIn(policy, 'targetRefs')) {
    const key = `${policy.namespace}/${name}`;
    if (kind === 'Gateway' && gateways.has(key)) found.add(key);
    const target = objects.find(
      (one) => one.kind === kind && one.namespace === policy.namespace && one.name === name,
    );
    if (target?.kind.endsWith('Route'))
      for (const { namespace = target.namespace, name: gateway } of parentsOf(target, gateways))
        found.add(`${namespace}/${gateway}`);
  }
  return [...found].map((key) => {
    const [namespace = '', name = ''] = key.split('/');
    return { group: GROUP, kind: 'Gateway', namespace, name };
  });
}
