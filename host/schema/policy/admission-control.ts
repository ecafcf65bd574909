/**
 * admissionControl of a BackendTrafficPolicy (admission_control.go): requests are refused while backends
 * fail.
 */
import { given } from '../../basics/collections.ts';
import type { AdmissionControl } from '../../model/resources.ts';
import { durationBetween } from '../words/duration.ts';
import { integer, list, object, oneOf, uint32 } from '../words/shape.ts';

/** In the order of their numbers. */
const GRPC_CODES = [
  ...(['Ok', 'Cancelled', 'Unknown', 'InvalidArgument', 'DeadlineExceeded', 'NotFound'] as const),
  ...(['AlreadyExists', 'PermissionDenied', 'ResourceExhausted', 'FailedPrecondition'] as const),
  ...(['Aborted', 'OutOfRange', 'Unimplemented', 'Internal', 'Unavailable', 'DataLoss'] as const),
  'Unauthenticated',
] as const;

export const admissionControlSchema = object({
  // Envoy divides by whole seconds, of which it keeps a count each.
  samplingWindow: durationBetween(1000, 3_600_000, 'a duration from 1s to 1h').optional(),
  minSuccessRate: integer(1, 100, 'a percentage').optional(),
  rejectionAggression: uint32(1).optional(),
  minRequestRate: uint32().optional(),
  maxRejectionPercent: integer(0, 100, 'a percentage').optional(),
  successCriteria: object({
    http: object({ statusCodes: list(integer(100, 599, 'a status code')).optional() }).optional(),
    grpc: object({ statusCodes: list(oneOf(GRPC_CODES)).optional() }).optional(),
  }).optional(),
});

/** An empty list of codes is as none, as in Envoy Gateway. */
const some = <T>(items: readonly T[] | undefined): readonly T[] | undefined =>
  items === undefined || items.length === 0 ? undefined : items;

export const toAdmission = (raw: ReturnType<typeof admissionControlSchema.parse>): AdmissionControl => ({
  windowMs: raw.samplingWindow,
  minSuccessRate: raw.minSuccessRate,
  aggression: raw.rejectionAggression,
  minRate: raw.minRequestRate,
  maxRejected: raw.maxRejectionPercent,
  statuses: some(raw.successCriteria?.http?.statusCodes),
  grpcStatuses: given(some(raw.successCriteria?.grpc?.statusCodes), (codes) =>
    codes.map((code) => GRPC_CODES.indexOf(code)),
  ),
});
