/** A Gateway that is not accepted as a whole. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { ENVOY_GATEWAY_GROUP } from '../../model/groups.ts';
import type { Gateway } from '../../model/resources.ts';
import { about } from '../from.ts';
import type { GatewayRefusal } from '../status/gateway-conditions.ts';

/** Envoy Gateway does not accept a Gateway whose parameters or kinds of addresses it does not know. */
export function refusalOf(resource: Gateway, diagnostics: Diagnostic[]): GatewayRefusal | undefined {
  const refusal = unknownParameters(resource) ?? unknownAddress(resource);
  if (refusal === undefined) return undefined;
  const { path, reason, message, rule, hint } = refusal;
  diagnostics.push(about(resource, path, 'error', 'value-not-supported', message, { rule, hint }));
  return { reason, message };
}

interface Refusal extends GatewayRefusal {
  readonly path: readonly string[];
  readonly rule: string;
  readonly hint: string;
}

function unknownParameters({ spec }: Gateway): Refusal | undefined {
  if (spec.unknownParameters === undefined) return undefined;
  return {
    path: ['spec', 'infrastructure', 'parametersRef'],
    reason: 'InvalidParameters',
    message: `Invalid parametersRef: ${spec.unknownParameters} is not supported.`,
    rule: `A Gateway's parameters are an EnvoyProxy (${ENVOY_GATEWAY_GROUP}).`,
    hint: 'Remove parametersRef. Until then nothing is served on this Gateway.',
  };
}

function unknownAddress({ spec }: Gateway): Refusal | undefined {
  if (spec.unknownAddress === undefined) return undefined;
  return {
    path: ['spec', 'addresses'],
    reason: 'UnsupportedAddress',
    message: `Gateway has an address with an unsupported type: ${spec.unknownAddress}.`,
    rule: 'An address has the type IPAddress or Hostname.',
    hint: 'Remove it. Until then nothing is served on this Gateway.',
  };
}
