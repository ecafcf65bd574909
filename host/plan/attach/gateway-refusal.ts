/** A Gateway that is not accepted as a whole. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { ENVOY_GATEWAY_GROUP } from '../../model/groups.ts';
import type { Gateway } from '../../model/resources.ts';
import { about } from '../from.ts';
import type { GatewayRefusal } from '../status/gateway-conditions.ts';

/** Envoy Gateway does not accept a Gateway whose parameters it does not know. */
export function refusalOf(resource: Gateway, diagnostics: Diagnostic[]): GatewayRefusal | undefined {
  const { unknownParameters } = resource.spec;
  if (unknownParameters === undefined) return undefined;
  const message = `Invalid parametersRef: ${unknownParameters} is not supported.`;
  diagnostics.push(
    about(resource, ['spec', 'infrastructure', 'parametersRef'], 'error', 'value-not-supported', message, {
      rule: `A Gateway's parameters are an EnvoyProxy (${ENVOY_GATEWAY_GROUP}).`,
      hint: 'Remove parametersRef. Until then nothing is served on this Gateway.',
    }),
  );
  return { reason: 'InvalidParameters', message };
}
