/**
 * Objects as an API server gives them → what is kept: the part that a person wrote, which stays the very same
 * value while that part does, and beside it what servers write.
 */
import { weakMemo } from '../basics/collections.ts';
import { equal } from '../basics/equal.ts';
import { objectPlace, resourceTitle } from '../diagnostics/diagnostic.ts';
import type { Document } from '../manifests/documents.ts';
import { isAddressType } from '../model/gateway.ts';
import { asList, asObject, asText } from '../schema/words/findings.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Stored {
  /** Without nulls, `status` and what changes with each write. */
  readonly value: Fields;
  readonly status: Fields;
  readonly kind: string;
  /** Empty for kinds of the cluster. */
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly generation: number | undefined;
}

/** Undefined: it has no name. @param before The same object as it was. */
export function store(
  raw: unknown,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  before: (key: string) => Stored | undefined,
): Stored | undefined {
  const { status, metadata, ...rest } = asObject(withoutNulls(raw)) ?? {};
  const { managedFields: _, resourceVersion, generation, ...kept } = asObject(metadata) ?? {};
  const name = asText(kept.name);
  if (name === undefined) return undefined;
  const namespace = asText(kept.namespace) ?? '';
  const value = { ...rest, apiVersion, kind, metadata: kept };
  const known = before(`${namespace}/${name}`);
  return {
    value: known !== undefined && equal(known.value, value) ? known.value : value,
    status: asObject(status) ?? {},
    kind,
    namespace,
    name,
    resourceVersion: asText(resourceVersion) ?? '',
    generation: typeof generation === 'number' ? generation : undefined,
  };
}

export const keyOf = ({ namespace, name }: Pick<Stored, 'namespace' | 'name'>): string =>
  `${namespace}/${name}`;

/** An API server writes `endpoints: null` for an empty list. A null member counts as absent. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  // Not by assignment: a key may be `__proto__`.
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (member === null ? [] : [[key, withoutNulls(member)]])),
  );
}

/** As one of a file would be, but that its places are named, not counted. */
export function documentOf({ value: stored, kind, namespace, name }: Stored): Document {
  const place = objectPlace(resourceTitle({ kind, namespace, name }));
  const value = kind === 'Gateway' ? boundAnywhere(stored) : stored;
  return { file: place.file, value, at: () => place, keyAt: () => place, order: 0, linesBefore: 0 };
}

/**
 * The addresses of a Gateway are where clients find it, in front of the Envoys: no pod has them, to listen
 * there. For one of a type that nobody knows the Gateway is refused.
 */
const boundAnywhere = weakMemo((value: Fields): Fields => {
  const { addresses, ...spec } = asObject(value.spec) ?? {};
  if (addresses === undefined) return value;
  const unknown = asList(addresses).filter((one) => !isAddressType(asObject(one)?.type));
  return { ...value, spec: unknown.length === 0 ? spec : { ...spec, addresses: unknown } };
});
