/** A Gateway that is not accepted as a whole. */
import type { Diagnostic, ResourceName } from '../../diagnostics/diagnostic.ts';
import { ENVOY_GATEWAY_GROUP } from '../../model/groups.ts';
import type { Gateway } from '../../model/resources.ts';
import { about } from '../from.ts';
import type { GatewayRefusal } from '../status/gateway-conditions.ts';
import type { ProxyOf, ProxySettings } from './envoy-proxies.ts';

/** Envoy Gateway does not accept a Gateway whose parameters or kinds of addresses it does not know. */
export function refusalOf(
  resource: Gateway,
  proxyOf: ProxyOf,
  diagnostics: Diagnostic[],
): GatewayRefusal | undefined {
  const { missing: absent, unknown } = proxyOf(resource);
  const refusal =
    unknownParameters(resource) ??
    unknownOfClass(unknown) ??
    missingProxy(resource, absent) ??
    unknownAddress(resource);
  if (refusal === undefined) return undefined;
  const { path, reason, message, rule, hint, code = 'value-not-supported', missing } = refusal;
  diagnostics.push(about(resource, path, 'error', code, message, { rule, hint, ...missing }));
  return { reason, message };
}

interface Refusal extends GatewayRefusal {
  readonly path: readonly string[];
  readonly rule: string;
  readonly hint: string;
  readonly code?: string;
  readonly missing?: { readonly missing: ResourceName };
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

function unknownOfClass(unknown: string | undefined): Refusal | undefined {
  if (unknown === undefined) return undefined;
  return {
    path: ['spec', 'gatewayClassName'],
    reason: 'InvalidParameters',
    message: `Invalid parametersRef of its GatewayClass: ${unknown} is not supported.`,
    rule: `The parameters of a class are an EnvoyProxy (${ENVOY_GATEWAY_GROUP}), which may say how backends are called.`,
    hint: 'Remove parametersRef of the class. Until then nothing is served on its Gateways.',
  };
}

function missingProxy({ metadata }: Gateway, missing: ProxySettings['missing']): Refusal | undefined {
  if (missing === undefined) return undefined;
  const { namespace, name, by } = missing;
  const own = by === 'Gateway';
  return {
    path: own ? ['spec', 'infrastructure', 'parametersRef', 'name'] : ['spec', 'gatewayClassName'],
    reason: 'InvalidParameters',
    message: `failed to find envoyproxy ${namespace}/${name} for Gateway ${metadata.name}${own ? '' : ', which its GatewayClass names'}`,
    rule: 'An EnvoyProxy may say how backends are called. Without it nothing is served on the Gateway.',
    hint: 'Add it to the input, or remove parametersRef.',
    code: 'parameters-unresolved',
    missing: { missing: { kind: 'EnvoyProxy', namespace, name } },
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
