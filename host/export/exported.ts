/** What is exported for an engine that runs on Kubernetes. */
import type { From } from '../plan/types.ts';

/** An object of Kubernetes. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What becomes of a policy on the engine. */
export interface Fate {
  readonly policy: From;
  /** The engine does it by its own API. */
  readonly native: readonly string[];
  /** Done by what is exported. */
  readonly ours: readonly string[];
  /** Not done there. */
  readonly lost: readonly string[];
  /** Not done there, and it protects. */
  readonly open?: readonly string[];
}

export interface Exported {
  /** Applied first: the filter's module, where proxies find it. */
  readonly module: readonly KubeObject[];
  /** Applied when all proxies have the module. */
  readonly policies: readonly KubeObject[];
  readonly fates: readonly Fate[];
  /** What the operator does between the two, and what is to be merged by hand. */
  readonly steps: readonly string[];
}

/** Found again by `--check`, and by people. */
export const LABELS = { 'app.kubernetes.io/managed-by': 'loadstar' } as const;
