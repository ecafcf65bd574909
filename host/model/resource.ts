/** What all resources have (Kubernetes API conventions), and where a field stands in its file. */
import type { Locate } from '../diagnostics/diagnostic.ts';

export type { Locate };

export interface Metadata {
  readonly name: string;
  /** `default` when the manifest has none; empty for cluster-scoped kinds. */
  readonly namespace: string;
  /** The manifest names no namespace, and nothing else has put it into one. */
  readonly impliedNamespace?: true;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339, or undefined: manifests on disk usually have none. */
  readonly creationTimestamp?: string;
}

export interface Resource<K extends string, S> {
  readonly kind: K;
  readonly apiVersion: string;
  readonly metadata: Metadata;
  readonly spec: S;
  readonly at: Locate;
  /**
   * Position of the document in the input (file order, then document order): the last tie-breaker of
   * precedence.
   */
  readonly order: number;
}

export type Namespace = Resource<'Namespace', Record<string, never>>;

/** Kubernetes label selector. */
export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values: readonly string[];
  }[];
}
