/**
 * Which policy holds on a route, what it is merged with, and why others do not hold: the plan's data in
 * words.
 */
import type { From, Route } from '../plan/types.ts';
import type { PolicyWhy } from './explanation.ts';

/** @param targets What a policy (`namespace/name`) targets, in words. */
export function explainPolicy(
  { policy }: Pick<Route, 'policy'>,
  targets: ReadonlyMap<string, readonly string[]>,
): PolicyWhy {
  if (policy === undefined)
    return { why: ['no BackendTrafficPolicy holds here: least request, the default'] };
  const { mergedWith, overrides, rejected, ...holds } = policy;
  const aimed = (one: From): string => (targets.get(nameOf(one)) ?? []).join(', ');
  const named = (one: From): string =>
    aimed(one) === '' ? nameOf(one) : `${nameOf(one)}, which targets ${aimed(one)}`;
  const why = [
    ...(aimed(holds) === '' ? [] : [`it targets ${aimed(holds)}`]),
    ...(mergedWith === undefined ? [] : [`it is merged with ${named(mergedWith)}`]),
    ...overrides.map((one) => `it overrides ${named(one)}`),
    ...rejected.map((one) => `not ${nameOf(one.policy)}: ${one.because}`),
  ];
  return { holds, why: [...new Set(why)] };
}

const nameOf = ({ namespace, name }: From): string => `${namespace}/${name}`;
