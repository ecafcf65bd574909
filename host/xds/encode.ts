/**
 * Resources → the bytes that Envoy gets, each with a version that is a hash of its content; what did not
 * change is not encoded again.
 */
import { createHash } from 'node:crypto';
import { fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { revealed } from '../envoy/handling/hidden-files.ts';
import { KINDS, type Kind, registry, SCHEMAS, TYPE_URLS } from './registry.ts';
import type { Resources } from './resources.ts';

export interface Encoded {
  /** What it was made of. */
  readonly resource: object;
  /** Equal content has equal versions, in every process that serves it. */
  readonly version: string;
  /** google.protobuf.Any. */
  readonly any: { readonly typeUrl: string; readonly value: Uint8Array };
}
export interface Snapshot {
  /** Over all resources. */
  readonly version: string;
  readonly resources: Readonly<Record<Kind, ReadonlyMap<string, Encoded>>>;
}

export const EMPTY: Snapshot = {
  version: '',
  resources: {
    cds: new Map(),
    eds: new Map(),
    ecds: new Map(),
    sds: new Map(),
    lds: new Map(),
    rds: new Map(),
  },
};

/**
 * @param before Its bytes are used again where the content is the same.
 * @throws {Error} for a field that proto/ does not have, naming resource and field.
 */
export function encode(resources: Resources, before: Snapshot = EMPTY): Snapshot {
  const all = createHash('sha256');
  const encoded = KINDS.map((kind) => {
    const map = new Map<string, Encoded>();
    for (const [name, resource] of resources[kind]) {
      const one = encodeOne(kind, name, resource, before.resources[kind].get(name));
      all.update(`${kind} ${name} ${one.version}\n`);
      map.set(name, one);
    }
    return [kind, map] as const;
  });
  return {
    version: all.digest('hex').slice(0, 16),
    resources: Object.fromEntries(encoded) as unknown as Snapshot['resources'],
  };
}

/** @throws {Error} as encode() does. */
export function encodeOne(kind: Kind, name: string, resource: object, before?: Encoded): Encoded {
  if (before?.resource === resource) return before;
  const text = JSON.stringify(resource, revealed);
  const version = createHash('sha256').update(text).digest('hex').slice(0, 16);
  if (before?.version === version) return { ...before, resource };
  return { resource, version, any: anyOf(kind, name, text, () => text !== JSON.stringify(resource)) };
}

/** @param isSecret Whether something in the text is hidden elsewhere. */
function anyOf(kind: Kind, name: string, text: string, isSecret: () => boolean): Encoded['any'] {
  const schema = SCHEMAS[kind];
  try {
    // The text, not the object: fields that are undefined are not in it.
    const message = fromJson(schema, JSON.parse(text) as JsonValue, { registry });
    return { typeUrl: TYPE_URLS[kind], value: toBinary(schema, message) };
  } catch (error) {
    // What is wrong with a secret is not told with its text.
    throw new Error(`${kind} ${name}${kind === 'sds' || isSecret() ? '' : `: ${(error as Error).message}`}`);
  }
}
