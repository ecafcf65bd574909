/**
 * Conditions as an API server keeps them: each with the generation that was judged and the time since when it
 * is so. And lists that several controllers share: theirs stay as they are.
 */
import { equal } from '../../basics/equal.ts';
import type { Condition } from '../../plan/status/conditions.ts';
import { asList, asObject } from '../../schema/words/findings.ts';

type Fields = Readonly<Record<string, unknown>>;
export interface Judged {
  readonly generation: number | undefined;
  /** RFC 3339, in whole seconds. */
  readonly now: string;
}

/** @param before As they are kept: of one that says the same the time stays. */
export function conditionsOf(
  list: readonly Condition[],
  before: unknown,
  { generation, now }: Judged,
): readonly Fields[] {
  const known = asList(before).map((one) => asObject(one) ?? {});
  return list.map(({ type, status, reason, message }) => {
    const same = known.find((one) => one.type === type && one.status === status);
    return {
      ...{ type, status, reason, message },
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime: same?.lastTransitionTime ?? now,
    };
  });
}

export interface Entry {
  /** Which parent or ancestor it is for. */
  readonly ref: Fields;
  readonly conditions: readonly Condition[];
}

/** The API's limit for ancestors; for parents it is 32. */
const MOST = { ancestors: 16, parents: 32 } as const;

/**
 * `status.parents` of a route, or `status.ancestors` of a policy: entries of other controllers, then ours.
 * @param status As it is kept.
 */
export function sharedList(
  field: 'parents' | 'ancestors',
  ours: readonly Entry[],
  status: Fields,
  controllerName: string,
  judged: Judged,
): Fields {
  const refField = field === 'parents' ? 'parentRef' : 'ancestorRef';
  const kept = asList(status[field]).map((one) => asObject(one) ?? {});
  const theirs = kept.filter((one) => one.controllerName !== controllerName);
  const list = ours.slice(0, Math.max(0, MOST[field] - theirs.length)).map(({ ref, conditions }) => {
    const before = kept.find((one) => one.controllerName === controllerName && equal(one[refField], ref));
    return {
      [refField]: ref,
      controllerName,
      conditions: conditionsOf(conditions, before?.conditions, judged),
    };
  });
  return { [field]: [...theirs, ...list] };
}

/** It has an entry of ours. */
export const isOursIn = (field: 'parents' | 'ancestors', status: Fields, controllerName: string): boolean =>
  asList(status[field]).some((one) => asObject(one)?.controllerName === controllerName);
