/**
 * mergeType of SecurityPolicies: the route's over the nearest above it, field by field; lists are replaced.
 */
import type { MergedSpec } from '../../model/policy.ts';
import type { SecurityPolicy } from '../../model/security.ts';
import { type MergeType, mergeValue, withoutTargets } from '../policy/merge.ts';
import { mergeTypes } from '../policy/targets.ts';
import { asObject } from '../words/findings.ts';
import { type Owners, readSecurity } from './security-policy.ts';

export function mergeSecurity(
  parent: SecurityPolicy,
  child: SecurityPolicy,
): MergedSpec<SecurityPolicy['spec']> {
  // The schema has refused any other.
  const type: MergeType = mergeTypes.find((known) => known === child.spec.mergeType)!;
  const merged = mergeValue(withoutTargets(parent.spec.raw), child.spec.raw, type, '');
  const { spec, messages } = readSecurity(merged, child.at, ownersOf(parent, child));
  return spec === undefined ? { kind: 'invalid', messages } : { kind: 'merged', spec };
}

/** The child's, where it says anything of the part. */
function ownersOf(parent: SecurityPolicy, child: SecurityPolicy): Owners {
  const rules = asObject(child.spec.raw.authorization)?.rules;
  return { rules: Array.isArray(rules) && rules.length > 0 ? child.metadata : parent.metadata };
}
