/** What pages of other origins may do. It is part of the plan too. */

/** Which of them may read answers (Cross-Origin Resource Sharing). */
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

/**
 * Requests that change something must come from a page of the host itself, or of one of these (Cross-Site
 * Request Forgery).
 */
export interface Csrf {
  /** Percentage of requests that are refused otherwise; the rest is only counted. */
  readonly enforced: number;
  /** With their ports, if they have one: `shop.example.com:8443`; `*` stands for whatever stands there. */
  readonly origins: readonly string[];
}
