/**
 * A pool's admission control → Envoy's filter in front of the pool's codec, as Envoy Gateway has it: it
 * counts for each pool, and knows no configuration of a route.
 */
import { given } from '../basics/collections.ts';
import type { AdmissionControl } from '../plan/types.ts';
import { extension } from './any.ts';
import { optionalDuration } from './durations.ts';
import type { HttpFilter } from './envoy-types.ts';

const percent = (value: number) => ({ default_value: { value } });

export const admissionControl = (own: AdmissionControl): HttpFilter =>
  extension('envoy.extensions.filters.http.admission_control.v3.AdmissionControl', {
    sampling_window: optionalDuration(own.windowMs),
    sr_threshold: given(own.minSuccessRate, percent),
    aggression: given(own.aggression, (default_value) => ({ default_value })),
    rps_threshold: given(own.minRate, (default_value) => ({ default_value })),
    max_rejection_probability: given(own.maxRejected, percent),
    success_criteria: {
      http_criteria: given(own.statuses, (statuses) => ({
        http_success_status: statuses.map((status) => ({ start: status, end: status + 1 })),
      })),
      grpc_criteria: given(own.grpcStatuses, (grpc_success_status) => ({ grpc_success_status })),
    },
  });
