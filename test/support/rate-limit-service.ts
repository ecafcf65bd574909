/**
 * A rate limit service (envoy.service.ratelimit.v3) over HTTP/2, configured by what `translate --stage
 * rate-limit` prints: it counts for ever, as within one unit.
 */
import { createServer, type ServerHttp2Stream } from 'node:http2';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { type Listening, listen } from '../../demo/fakes/listen.ts';
import type { DomainConfig } from '../../host/envoy/handling/service-config.ts';
import { frame, Unframer } from '../../host/xds/frames.ts';

type Descriptor = DomainConfig['descriptors'][number];
interface Entry {
  readonly key: string;
  readonly value: string;
}
export interface Asked {
  readonly domain: string;
  /** `key=value` of each entry. */
  readonly descriptors: readonly { readonly entries: readonly Entry[]; readonly hits?: number }[];
}

const [OK, OVER_LIMIT] = [1, 2];

export class RateLimitService {
  readonly asked: Asked[] = [];
  config: readonly DomainConfig[] = [];
  readonly #counts = new Map<string, number>();
  #at!: Listening;

  static async start(): Promise<RateLimitService> {
    const server = createServer();
    const service = new RateLimitService();
    server.on('stream', (stream) => service.#answer(stream));
    service.#at = await listen(server, '127.0.0.1');
    return service;
  }

  get port(): number {
    return this.#at.port;
  }

  stop(): Promise<void> {
    return this.#at.stop();
  }

  #answer(stream: ServerHttp2Stream): void {
    const unframer = new Unframer(65_536);
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      for (const message of unframer.push(chunk)) {
        const asked = readRequest(message);
        this.asked.push(asked);
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.end(frame(this.#verdict(asked)));
      }
    });
  }

  /** A RateLimitResponse: the overall code, and one status for each descriptor. */
  #verdict({ domain, descriptors }: Asked): Uint8Array {
    const all = this.config.find((one) => one.domain === domain)?.descriptors ?? [];
    const codes = descriptors.map(({ entries, hits = 1 }) => {
      const limit = limitOf(all, entries);
      if (limit === undefined) return OK;
      const id = JSON.stringify([domain, entries]);
      const count = (this.#counts.get(id) ?? 0) + hits;
      this.#counts.set(id, count);
      return count > limit.requests && !limit.shadow ? OVER_LIMIT : OK;
    });
    const writer = new BinaryWriter().uint32(8).int32(codes.includes(OVER_LIMIT) ? OVER_LIMIT : OK);
    for (const code of codes) writer.uint32(18).bytes(new BinaryWriter().uint32(8).int32(code).finish());
    return writer.finish();
  }
}

function limitOf(
  descriptors: readonly Descriptor[],
  [first, ...rest]: readonly Entry[],
): { requests: number; shadow: boolean } | undefined {
  for (const { key, value, rate_limit, shadow_mode, descriptors: inner = [] } of descriptors) {
    if (key !== first?.key || (value !== undefined && value !== first.value)) continue;
    const found =
      rest.length > 0
        ? limitOf(inner, rest)
        : rate_limit && { requests: rate_limit.requests_per_unit, shadow: shadow_mode === true };
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The fields of a message by number. */
function fieldsOf(bytes: Uint8Array): { number: number; value: Uint8Array | number }[] {
  const reader = new BinaryReader(bytes);
  const found: { number: number; value: Uint8Array | number }[] = [];
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    found.push({ number, value: type === 2 ? reader.bytes() : Number(reader.uint64()) });
  }
  return found;
}
const parts = (bytes: Uint8Array, number: number): Uint8Array[] =>
  fieldsOf(bytes).flatMap((one) =>
    one.number === number && one.value instanceof Uint8Array ? [one.value] : [],
  );
const text = (bytes: Uint8Array, number: number): string =>
  Buffer.from(parts(bytes, number)[0] ?? []).toString();

const readRequest = (bytes: Uint8Array): Asked => ({
  domain: text(bytes, 1),
  descriptors: parts(bytes, 2).map((descriptor) => {
    // A UInt64Value; an empty one is 0.
    const [addend] = parts(descriptor, 3);
    const hits = addend && Number(fieldsOf(addend)[0]?.value ?? 0);
    const entries = parts(descriptor, 1).map((one) => ({ key: text(one, 1), value: text(one, 2) }));
    return hits === undefined ? { entries } : { entries, hits };
  }),
});
