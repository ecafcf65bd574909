/**
 * A policy takes the place of those above it as a whole: what one of another namespace asks of clients is
 * asked no more. Whoever has that namespace may not know, so it is told.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { SecurityPolicy, SecurityPolicySpec } from '../../model/resources.ts';
import { about, keyOf, label } from '../from.ts';
import type { Attachment } from '../policies/claims.ts';
import type { From } from '../types.ts';

const PROTECTIONS = ['csrf', 'authorization', 'basicAuth', 'apiKeyAuth'] as const;

export type TellDropped = (
  policy: SecurityPolicy,
  spec: SecurityPolicySpec,
  overrides: readonly From[],
) => void;

/** Each pair once. */
export function droppedProtections(
  attachments: readonly Attachment<SecurityPolicy>[],
  diagnostics: Diagnostic[],
): TellDropped {
  const named = new Map(attachments.map(({ policy }) => [keyOf(policy), policy]));
  const told = new Set<string>();
  return (policy, spec, overrides) => {
    for (const { namespace, name } of overrides) {
      const above = named.get(`${namespace}/${name}`);
      if (above === undefined || namespace === policy.metadata.namespace) continue;
      const lost = PROTECTIONS.filter((one) => above.spec[one] !== undefined && spec[one] === undefined);
      const pair = `${label(policy)} ${label(above)}`;
      if (lost.length === 0 || told.has(pair)) continue;
      told.add(pair);
      diagnostics.push(
        about(
          policy,
          ['metadata', 'name'],
          'warning',
          'protection-overridden',
          `${lost.join(' and ')} of ${label(above)} does not hold where ${label(policy)} does.`,
          {
            rule: 'Without mergeType the policy nearest to a rule holds alone, as with Envoy Gateway.',
            hint: 'Set mergeType: StrategicMerge, so that what it does not say itself stays as above it.',
            notes: [{ message: 'It is here', at: above.at('metadata', 'name') }],
          },
        ),
      );
    }
  };
}
