/** Provenance: which resource and field a part of the plan comes from, and messages that point there. */
import { fieldName, type Path } from '../basics/path.ts';
import { compareText } from '../basics/text.ts';
import { type Diagnostic, resourceTitle, type Severity } from '../diagnostics/diagnostic.ts';
import type { AnyResource } from '../model/resources.ts';
import type { From } from './types.ts';

/** `Kind namespace/name`, as people name a resource. */
export const label = ({ kind, metadata }: AnyResource): string => resourceTitle({ kind, ...metadata });

/** `namespace/name`. */
export const keyOf = (resource: AnyResource): string =>
  `${resource.metadata.namespace}/${resource.metadata.name}`;

/**
 * The resource as origin; `path` is the field within it (the name when absent). Where that stands is looked
 * for when somebody asks: most is never told.
 */
export const fromOf = (resource: AnyResource, ...path: Path): From => ({
  kind: resource.kind,
  namespace: resource.metadata.namespace,
  name: resource.metadata.name,
  get at() {
    return path.length === 0 ? resource.at('metadata', 'name') : resource.at(...path);
  },
});

/** A diagnostic about one field of a resource. */
export function about(
  resource: AnyResource,
  path: Path,
  severity: Severity,
  code: string,
  message: string,
  more: Pick<Diagnostic, 'value' | 'rule' | 'hint' | 'notes' | 'missing'> = {},
): Diagnostic {
  return {
    code,
    severity,
    message,
    at: resource.at(...path),
    resource: label(resource),
    field: fieldName(path),
    ...more,
  };
}

/**
 * Precedence among equals in the Gateway API: the older, then namespace, then name; here the input order
 * after that. A manifest without creationTimestamp counts as the oldest, as the zero time does in Kubernetes.
 */
export function byAge(a: AnyResource, b: AnyResource): number {
  return (
    born(a) - born(b) ||
    compareText(a.metadata.namespace, b.metadata.namespace) ||
    compareText(a.metadata.name, b.metadata.name) ||
    a.order - b.order
  );
}
const born = (resource: AnyResource): number => {
  const at = resource.metadata.creationTimestamp;
  const time = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isNaN(time) ? -62_135_596_800_000 : time;
};
