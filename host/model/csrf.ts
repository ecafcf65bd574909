/**
 * Requests that change something must come from a page of the host itself, or of one of these (Cross-Site
 * Request Forgery). It is part of the plan too.
 */
export interface Csrf {
  /** Percentage of requests that are refused otherwise; the rest is only counted. */
  readonly enforced: number;
  /** With their ports, if they have one: `shop.example.com:8443`; `*` stands for whatever stands there. */
  readonly origins: readonly string[];
}
