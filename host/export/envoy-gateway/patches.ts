/**
 * JSON patches as Envoy Gateway's EnvoyPatchPolicy takes them. Each adds to what Envoy Gateway writes and
 * replaces none of it, so that a user's later change of his own policies is not undone by an export that is
 * older. What is missing on the way to a path is made.
 */
import { TYPE_URLS } from '../../xds/registry.ts';

export interface Patch {
  readonly type: string;
  /** Of the resource. */
  readonly name: string;
  readonly operation: {
    readonly op: 'add' | 'replace';
    /** Chooses places in the resource, from which the path goes on. */
    readonly jsonPath?: string;
    readonly path: string;
    readonly value: unknown;
  };
}

const TYPES = { cluster: TYPE_URLS.cds, listener: TYPE_URLS.lds, routes: TYPE_URLS.rds } as const;

export const patch = (
  kind: keyof typeof TYPES,
  name: string,
  path: string,
  value: unknown,
  { jsonPath, op = 'add' }: { readonly jsonPath?: string; readonly op?: 'add' | 'replace' } = {},
): Patch => ({ type: TYPES[kind], name, operation: { op, ...(jsonPath && { jsonPath }), path, value } });
