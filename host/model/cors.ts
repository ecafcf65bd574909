/**
 * Which pages of other origins may read answers (Cross-Origin Resource Sharing). It is part of the plan too.
 */
export interface Cors {
  /** `https://shop.example.com`; with `*` in it, whatever stands there; `*` alone: any. */
  readonly allowOrigins: readonly string[];
  /** `*`: any. */
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  /** Absent: browsers take their own. */
  readonly maxAgeSeconds?: number;
}
