/** Secret (core v1): named bytes, which nothing prints. Who refers to one says what must be in it. */
import type { Hidden } from '../basics/hidden.ts';
import type { Resource } from './resource.ts';

/** One of a Secret's values, and the field in which it is written. */
export type SecretEntry = { readonly field: 'data' | 'stringData' } & (
  | { readonly value: Hidden; readonly fault?: undefined }
  /** Why it cannot be read, after "it": `is not base64`. */
  | { readonly value?: undefined; readonly fault: string }
);
export type Secret = Resource<
  'Secret',
  {
    /** As `kubernetes.io/tls`. */
    readonly type: string;
    readonly entries: ReadonlyMap<string, SecretEntry>;
  }
>;

export interface SecretRef {
  /** '' for core; absent: ''. */
  readonly group?: string;
  /** Absent: Secret. */
  readonly kind?: string;
  /** Absent: that of whoever refers. */
  readonly namespace?: string;
  readonly name: string;
}
