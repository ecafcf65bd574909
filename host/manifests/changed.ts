/**
 * Which documents of an input are not what they were: a document keeps its value while its text is the same.
 */
import { resourceTitle, shortPlace } from '../diagnostics/diagnostic.ts';
import type { Document } from './documents.ts';

export interface ChangedDocument {
  /** `EndpointSlice default/web`; one that is gone says so. */
  readonly what: string;
  /** `shop.yaml:12`. */
  readonly at: string;
}

export function changedDocuments(
  before: readonly Document[],
  after: readonly Document[],
): readonly ChangedDocument[] {
  const [old, now] = [before, after].map((all) => new Set(all.map(({ value }) => value)));
  const names = new Set(after.map(titleOf));
  return [
    ...after.filter(({ value }) => !old!.has(value)).map((one) => ({ what: titleOf(one), at: placeOf(one) })),
    ...before
      .filter((one) => !now!.has(one.value) && !names.has(titleOf(one)))
      .map((one) => ({ what: `${titleOf(one)} is gone`, at: placeOf(one) })),
  ];
}

function titleOf({ value: { kind, metadata } }: Document): string {
  const { namespace, name } = (typeof metadata === 'object' && metadata !== null ? metadata : {}) as {
    readonly namespace?: unknown;
    readonly name?: unknown;
  };
  return resourceTitle({
    kind: text(kind) ?? 'a document without a kind',
    namespace: text(namespace),
    name: text(name),
  });
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const placeOf = (document: Document): string => shortPlace(document.at());
