/** Small resources, and the requests of an Envoy that exists on paper. */
import { create } from '@bufbuild/protobuf';
import { type DeltaDiscoveryRequest, DeltaDiscoveryRequestSchema } from '../../../host/proto/discovery_pb.js';
import { EMPTY, encode, type Snapshot } from '../../../host/xds/encode.ts';
import { type Kind, TYPE_URLS } from '../../../host/xds/registry.ts';

/** Names with a number that stands for the content: `{ cds: { a: 1 } }`. */
export function snapshotOf(
  given: Partial<Record<Kind, Readonly<Record<string, number>>>>,
  before: Snapshot = EMPTY,
): Snapshot {
  const of: Record<Kind, (name: string, content: number) => object> = {
    cds: (name, content) => ({ name, connect_timeout: `${content}s` }),
    eds: (name, content) => ({ cluster_name: name, endpoints: [{ priority: content }] }),
    ecds: (name, content) => ({
      name,
      typed_config: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: String(content) },
    }),
    sds: (name, content) => ({
      name,
      tls_certificate: { certificate_chain: { inline_string: String(content) } },
    }),
    lds: (name, content) => ({ name, per_connection_buffer_limit_bytes: content }),
    rds: (name, content) => ({ name, virtual_hosts: [{ name: String(content) }] }),
  };
  const maps = (Object.keys(of) as Kind[]).map((kind) => {
    const entries = Object.entries(given[kind] ?? {});
    return [kind, new Map(entries.map(([name, content]) => [name, of[kind](name, content)]))] as const;
  });
  return encode(Object.fromEntries(maps) as unknown as Parameters<typeof encode>[0], before);
}

export interface Ask {
  readonly subscribe?: string[];
  readonly unsubscribe?: string[];
  readonly has?: Record<string, string>;
  readonly nonce?: string;
  readonly error?: string;
}
export const request = (kind: Kind, ask: Ask = {}): DeltaDiscoveryRequest =>
  create(DeltaDiscoveryRequestSchema, {
    typeUrl: TYPE_URLS[kind],
    resourceNamesSubscribe: ask.subscribe,
    resourceNamesUnsubscribe: ask.unsubscribe,
    initialResourceVersions: ask.has,
    responseNonce: ask.nonce,
    errorDetail: ask.error === undefined ? undefined : { message: ask.error },
  });
