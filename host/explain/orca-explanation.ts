/** How a load report is read, as data. */

export interface OrcaExplanation {
  readonly header: string;
  readonly value: string;
  readonly form: 'text' | 'json' | 'binary' | 'unknown';
  readonly native: {
    readonly effect: 'weight' | 'no effect' | 'refused';
    readonly reads?: string;
    readonly error?: string;
    /** Whole requests per second / utilization, as Envoy truncates it. */
    readonly weight?: number;
  };
  readonly loadstar: {
    readonly result: 'accepted' | 'repaired' | 'refused';
    /** Metrics as understood; of a refused report, up to what was wrong. */
    readonly metrics: readonly { readonly name: string; readonly value: number }[];
    /** `loadstar_reports_refused_<reason>_total` counts it. */
    readonly reason?: string;
    readonly because?: string;
    /** What of it counts, by the metric names of the policy; with the penalty for errors. */
    readonly utilization?: number;
    /** The policy is sticky until hot: the filter alone reads the report, so what follows is not there. */
    readonly sticky?: boolean;
    /** The header that Envoy then reads. */
    readonly header?: string;
    readonly weight?: number;
    /** The rate was measured by the filter: here, as if the host answered this many requests per second. */
    readonly assumedRate?: number;
  };
}
