/**
 * The program's messages to its user: one value per finding, collected, never thrown. Nothing here knows
 * YAML, the Gateway API or Envoy; rendering (text with a caret, or JSON) is in render.ts.
 */

/**
 * error: the input is refused. warning: valid, but may not do what the user expects. notice: worth knowing.
 */
export type Severity = 'error' | 'warning' | 'notice';

/**
 * A place in a file as an editor counts it: line and column from 1, `length` characters from there on that
 * line. An object of a cluster has no lines: its `file` is its title, and `line` is 0.
 */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  /** The source line, for the frame with the caret; of a very long one the part around the place. */
  readonly lineText: string;
  /** The column at which `lineText` begins; absent: 1. */
  readonly lineFrom?: number;
}

/**
 * Position of a field: `at('spec', 'rules', 0)`. If the field is absent, the position of its nearest parent.
 */
export type Locate = (...path: readonly (string | number)[]) => Location;

/** In an object of a cluster. @param title As `HTTPRoute default/backend`. */
export const objectPlace = (title: string): Location => ({
  file: title,
  line: 0,
  column: 0,
  length: 0,
  lineText: '',
});
export const hasLines = ({ line }: Location): boolean => line > 0;
/** `shop.yaml:3` */
export const shortPlace = (at: Location): string => (hasLines(at) ? `${at.file}:${at.line}` : at.file);
/** `shop.yaml:3:7` */
export const placeText = (at: Location): string =>
  hasLines(at) ? `${shortPlace(at)}:${at.column}` : at.file;

/** A resource by name, or all of a kind (in a namespace). */
export interface ResourceName {
  readonly kind: string;
  /** Empty for kinds of the cluster. */
  readonly namespace?: string;
  readonly name?: string;
}

/** `HTTPRoute default/backend`, as people name a resource. */
export const resourceTitle = ({ kind, namespace, name }: ResourceName): string =>
  name === undefined ? kind : `${kind} ${namespace ? `${namespace}/` : ''}${name}`;

export interface Diagnostic {
  /** Stable identifier, e.g. `field-unknown`; the closed list with an explanation each is in codes.ts. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence, ends with a full stop: what is wrong, naming the value and the bound. */
  readonly message: string;
  readonly at?: Location;
  /** The resource, as `HTTPRoute default/backend`. */
  readonly resource?: string;
  /** Path of the field, as `spec.loadBalancer.consistentHash.tableSize`. */
  readonly field?: string;
  /** The wrong value as written. */
  readonly value?: unknown;
  /** The rule that is broken, with its limits. */
  readonly rule?: string;
  /** What to do about it. */
  readonly hint?: string;
  /**
   * The resource that is not in the input, or lacks what is asked of it. Where that resource is in the input
   * after all and was refused, the diagnostic is not told.
   */
  readonly missing?: ResourceName;
  /** Other places that are involved (the older policy, the missing grant). */
  readonly notes?: readonly { readonly message: string; readonly at?: Location }[];
}

/** True when anything in the list refuses the input. */
export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((d) => d.severity === 'error');
