/**
 * BackendTrafficPolicy (Envoy Gateway v1alpha1, backendtrafficpolicy_types.go). Annotations `loadstar/*` are
 * read as fields.
 */
import { given } from '../../basics/collections.ts';
import type { Diagnostic, Locate } from '../../diagnostics/diagnostic.ts';
import { ENVOY_GATEWAY_GROUP } from '../../model/groups.ts';
import type { BackendTrafficPolicySpec, Handling } from '../../model/resources.ts';
import { check } from '../words/check.ts';
import { asObject, Report } from '../words/findings.ts';
import type { Kind } from '../words/kind.ts';
import { envelope, toMetadata } from '../words/metadata.ts';
import { flag, object, oneOf, text, untranslated } from '../words/shape.ts';
import { admissionControlSchema, toAdmission } from './admission-control.ts';
import { readAnnotations } from './annotations.ts';
import {
  bandwidthSchema,
  checkBandwidth,
  checkCompression,
  checkFault,
  checkRequestBuffer,
  compressionSchema,
  faultSchema,
  requestBufferSchema,
  toBandwidth,
  toCompressors,
  toFault,
} from './handling.ts';
import { checkHealthCheck, healthCheckSchema, toHealthCheck } from './health-check.ts';
import { loadBalancerSchema, toLoadBalancer } from './load-balancer.ts';
import { checkLoadBalancer } from './load-balancer-rules.ts';
import { rateLimitSchema, toGlobalLimit, toLocalLimit } from './rate-limit.ts';
import { checkRateLimit } from './rate-limit-rules.ts';
import { checkOverrides, responseOverrideSchema, toOverrides } from './response-override.ts';
import { atTargetRef, checkTargets, targetShape, toTargets } from './targets.ts';
import {
  checkBudget,
  checkRetry,
  circuitBreakerSchema,
  connectionSchema,
  retrySchema,
  timeoutSchema,
  toCircuitBreaker,
  toConnection,
  toRetry,
  toTimeout,
} from './traffic-fields.ts';
import {
  checkHttp2,
  checkUpgrades,
  dnsSchema,
  http2Schema,
  httpUpgradeSchema,
  tcpKeepaliveSchema,
  toDns,
  toHttp2,
  toTcpKeepalive,
  toUpgrades,
} from './upstream-fields.ts';

/** All fields that restrict or protect: a policy that is refused and has one closes its targets. */
export const limits: readonly string[] = ['admissionControl', 'bandwidthLimit', 'rateLimit', 'requestBuffer'];

const specSchema = object({
  ...targetShape,
  mergeType: text().optional(),
  loadBalancer: loadBalancerSchema.optional(),
  retry: retrySchema.optional(),
  timeout: timeoutSchema.optional(),
  healthCheck: healthCheckSchema.optional(),
  circuitBreaker: circuitBreakerSchema.optional(),
  connection: connectionSchema.optional(),
  dns: dnsSchema.optional(),
  tcpKeepalive: tcpKeepaliveSchema.optional(),
  http2: http2Schema.optional(),
  httpUpgrade: httpUpgradeSchema.optional(),
  useClientProtocol: flag().optional(),
  routingType: oneOf(['Endpoint', 'Service']).optional(),
  rateLimit: rateLimitSchema.optional(),
  admissionControl: admissionControlSchema.optional(),
  bandwidthLimit: bandwidthSchema.optional(),
  compression: compressionSchema.optional(),
  compressor: compressionSchema.optional(),
  faultInjection: faultSchema.optional(),
  requestBuffer: requestBufferSchema.optional(),
  proxyProtocol: object({ version: oneOf(['V1', 'V2']) }).optional(),
  responseOverride: responseOverrideSchema.optional(),
  telemetry: untranslated(),
});
/** What no target is more open without. */
export const tuning: readonly string[] = Object.keys(specSchema.shape).filter(
  (field) => !limits.includes(field),
);

const schema = object({ ...envelope, spec: specSchema });
type CheckedSpec = ReturnType<typeof specSchema.parse>;

export const backendTrafficPolicy: Kind = {
  group: ENVOY_GATEWAY_GROUP,
  kind: 'BackendTrafficPolicy',
  versions: ['v1alpha1'],
  clusterScoped: false,
  schema,
  read(document, report) {
    const raw = document.value.spec;
    checkTargets(raw, report);
    checkSpec(raw, report);
    const data = check(schema, document.value, report);
    checkBandwidth(data?.spec.bandwidthLimit, report);
    const annotations = asObject(asObject(document.value.metadata)?.annotations) ?? {};
    const sticky = readAnnotations(annotations, raw, report);
    if (data === undefined || report.refused) return undefined;
    return {
      kind: 'BackendTrafficPolicy',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, false, report),
      spec: toSpec(data.spec, raw),
      at: atTargetRef(document.at, data.spec.targetRef !== undefined),
      order: document.order,
      invalid: report.invalid,
      sticky,
    };
  },
};

function checkSpec(raw: unknown, report: Report): void {
  const spec = asObject(raw);
  if (spec === undefined) return;
  checkLoadBalancer(spec.loadBalancer, report);
  checkHealthCheck(spec.healthCheck, report);
  checkRetry(spec.retry, report);
  checkBudget(spec.circuitBreaker, report);
  checkHttp2(spec.http2, report);
  checkUpgrades(spec.httpUpgrade, report);
  checkRateLimit(spec.rateLimit, report);
  checkFault(spec.faultInjection, report);
  checkOverrides(spec.responseOverride, report);
  checkCompression(spec, report);
  checkRequestBuffer(spec, report);
  const preconnect = asObject(asObject(spec.connection)?.preconnect);
  const type = asObject(spec.loadBalancer)?.type;
  if (preconnect?.predictivePercent !== undefined && type !== 'Random' && type !== 'RoundRobin') {
    report.error(['spec', 'connection', 'preconnect', 'predictivePercent'], {
      code: 'field-conflict',
      message: `preconnect.predictivePercent is not allowed with ${typeof type === 'string' ? `load balancer type ${type}` : 'no load balancer type'}.`,
      value: preconnect.predictivePercent,
      rule: 'predictivePercent works with the types RoundRobin and Random only.',
      hint: 'Remove it, or use perEndpointPercent.',
    });
  }
}

/** A spec alone (a merged one); `at` takes paths that start with `spec`. `spec` is absent after an error. */
export function readSpec(
  raw: unknown,
  at: Locate,
): { spec?: BackendTrafficPolicySpec; diagnostics: Diagnostic[]; invalid: string[] } {
  const report = new Report({ at, keyAt: at });
  checkSpec(raw, report);
  const data = check(specSchema, raw, report, ['spec']);
  checkBandwidth(data?.bandwidthLimit, report);
  const { diagnostics, invalid, refused } = report;
  return { spec: refused ? undefined : given(data, (spec) => toSpec(spec, raw)), diagnostics, invalid };
}

const toSpec = (data: CheckedSpec, raw: unknown): BackendTrafficPolicySpec => ({
  ...toTargets(data),
  mergeType: data.mergeType,
  loadBalancer: given(data.loadBalancer, toLoadBalancer),
  retry: given(data.retry, toRetry),
  timeout: given(data.timeout, toTimeout),
  healthCheck: given(data.healthCheck, toHealthCheck),
  circuitBreaker: given(data.circuitBreaker, toCircuitBreaker),
  maxRequestsPerConnection: data.circuitBreaker?.maxRequestsPerConnection,
  connection: given(data.connection, toConnection),
  dns: given(data.dns, toDns),
  tcpKeepalive: given(data.tcpKeepalive, toTcpKeepalive),
  http2: given(data.http2, toHttp2),
  httpUpgrade: data.httpUpgrade?.length === 0 ? undefined : given(data.httpUpgrade, toUpgrades),
  useClientProtocol: data.useClientProtocol,
  routingType: data.routingType,
  handling: toHandling(data),
  admission: given(data.admissionControl, toAdmission),
  proxyProtocol: data.proxyProtocol?.version,
  raw: asObject(raw) ?? {},
});

/** Undefined: requests and answers are only forwarded. */
function toHandling(data: CheckedSpec): Handling | undefined {
  const handling: Handling = {
    localLimit: given(data.rateLimit, toLocalLimit),
    globalLimit: given(data.rateLimit, toGlobalLimit),
    fault: given(data.faultInjection, toFault),
    compressors: toCompressors(data.compressor, data.compression),
    bufferBytes: data.requestBuffer?.limit,
    bandwidth: given(data.bandwidthLimit, toBandwidth),
    overrides: given(data.responseOverride, toOverrides),
  };
  return Object.values(handling).some((part) => part !== undefined) ? handling : undefined;
}
