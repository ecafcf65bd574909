/**
 * Collects findings about one resource: each becomes a diagnostic with the resource's name, the field's path
 * and its position. `refused` says whether the resource is kept out of the model.
 */
import { fieldName, type Path } from '../../basics/path.ts';
import type { Diagnostic, Locate, Severity } from '../../diagnostics/diagnostic.ts';
import { inline } from '../../diagnostics/render.ts';

/** Positions of values and keys (manifests/documents.ts); a merged spec has only `at`. */
export interface Places {
  readonly at: Locate;
  readonly keyAt: Locate;
}

export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly value?: unknown;
  readonly rule?: string;
  readonly hint?: string;
  /** Where to point when it is not at the value of `path`: at its key, or at another field. */
  readonly point?: 'key' | Path;
}

export class Report {
  readonly diagnostics: Diagnostic[] = [];
  /** True after an error for which an API server would refuse the document. */
  refused = false;
  /** Problems of a policy that an API server accepts but that cannot be translated, as in its status. */
  readonly invalid: string[] = [];
  /** The fields that the errors are about. */
  readonly refusedPaths: Path[] = [];
  readonly #refusedFields = new Set<string>();
  readonly places: Places;
  readonly resource: string | undefined;
  readonly #hides: (path: Path) => boolean;

  /** @param hides Fields whose values no message may show. */
  constructor(places: Places, resource?: string, hides: (path: Path) => boolean = () => false) {
    this.places = places;
    this.resource = resource;
    this.#hides = hides;
  }

  hides(path: Path): boolean {
    return this.#hides(path);
  }

  /** A value in a sentence. */
  shown(path: Path, value: unknown): string {
    return this.#hides(path) ? 'what stands there' : inline(value);
  }

  /** The document is refused. */
  error(path: Path, finding: Finding): void {
    this.refused = true;
    this.refusedPaths.push(path);
    this.#refusedFields.add(fieldName(path));
    this.#add('error', path, finding);
  }

  /** True if the field already has an error, so that the schema does not report it again. */
  hasRefused(path: Path): boolean {
    return this.#refusedFields.has(fieldName(path));
  }

  /**
   * The document stays, its policy is invalid: an error too, but its routes answer 500 instead of losing the
   * policy.
   */
  unusable(path: Path, status: string, finding: Finding): void {
    this.invalid.push(status);
    this.#add('error', path, finding);
  }

  warning(path: Path, finding: Finding): void {
    this.#add('warning', path, finding);
  }

  notice(path: Path, finding: Finding): void {
    this.#add('notice', path, finding);
  }

  #add(severity: Severity, path: Path, { point, ...whole }: Finding): void {
    const { at, keyAt } = this.places;
    const { value: _, ...rest } = whole;
    const finding = this.#hides(path) ? rest : whole;
    this.diagnostics.push({
      severity,
      ...finding,
      at: point === 'key' ? keyAt(...path) : at(...(point ?? path)),
      resource: this.resource,
      field: path.length === 0 ? undefined : fieldName(path),
    });
  }
}

/** A mapping, or undefined: rules look at raw values, which may be anything. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
/** A text, or undefined. */
export const asText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
/** A list, or an empty one. */
export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
