/**
 * Global rate limits without a service that counts them: the policy is invalid, its routes are closed. As
 * Envoy Gateway, where its own configuration enables none.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { BackendTrafficPolicy, MergeSpecs, Model } from '../../model/resources.ts';
import { about } from '../from.ts';

const STATUS = 'RateLimit: enable Ratelimit in the EnvoyGateway config to configure global rateLimit';

/** The model and the merges in which such policies are invalid. */
export function withoutGlobalLimits(
  model: Model,
  mergeSpecs: MergeSpecs,
  diagnostics: Diagnostic[],
): { model: Model; mergeSpecs: MergeSpecs } {
  const closed = (policy: BackendTrafficPolicy): BackendTrafficPolicy => {
    if (policy.spec.handling?.globalLimit === undefined) return policy;
    diagnostics.push(uncounted(policy));
    return { ...policy, invalid: [...policy.invalid, STATUS] };
  };
  return {
    model: { ...model, policies: model.policies.map(closed) },
    mergeSpecs: (parent, child) => {
      const merged = mergeSpecs(parent, child);
      return merged.kind === 'merged' && merged.spec.handling?.globalLimit !== undefined
        ? { kind: 'invalid', messages: [STATUS] }
        : merged;
    },
  };
}

const uncounted = (policy: BackendTrafficPolicy): Diagnostic =>
  about(
    policy,
    ['spec', 'rateLimit', 'global'],
    'error',
    'rate-limit-service-missing',
    'rateLimit.global needs a service that counts, and none is named.',
    {
      rule: 'What restricts or protects must not be left out.',
      hint: 'Name one with --rate-limit-service HOST:PORT, or use rateLimit.local.',
    },
  );
