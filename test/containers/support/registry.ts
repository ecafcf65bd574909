/**
 * A registry that takes one image and keeps it in memory (OCI distribution, as far as `docker push` goes).
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Registry {
  /** `127.0.0.1:PORT`, which Docker calls in plain text. */
  readonly address: string;
  /** What was pushed, by digest. */
  readonly blobs: ReadonlyMap<string, Buffer>;
  /** The last one. */
  manifest(): { readonly config: Blob; readonly layers: readonly Blob[] };
  close(): void;
}
interface Blob {
  readonly mediaType: string;
  readonly digest: string;
}

const MAX_BYTES = 8 << 20;

export async function startRegistry(): Promise<Registry> {
  const blobs = new Map<string, Buffer>();
  let upload = Buffer.alloc(0);
  let manifest = '';
  const server = createServer(async (request, response) => {
    const { method, url = '' } = request;
    const body = await read(request);
    const digest = /sha256:[0-9a-f]{64}/.exec(decodeURIComponent(url))?.[0] ?? '';
    const say = (status: number, headers: Record<string, string> = {}) =>
      response.writeHead(status, { ...headers, 'content-length': '0' }).end();
    if (url === '/v2/') return say(200);
    if (url.includes('/manifests/') && method === 'PUT') {
      manifest = body.toString();
      return say(201, { 'docker-content-digest': digestOf(body) });
    }
    if (!url.includes('/blobs/')) return say(404);
    if (method === 'HEAD') return say(blobs.has(digest) ? 200 : 404);
    if (method === 'POST') upload = Buffer.alloc(0);
    else upload = Buffer.concat([upload, body]);
    if (method !== 'PUT') return say(202, { location: url, range: `0-${Math.max(0, upload.length - 1)}` });
    blobs.set(digestOf(upload), upload);
    return say(201, { 'docker-content-digest': digest });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    blobs,
    manifest: () => JSON.parse(manifest),
    close: () => void server.close(),
  };
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > MAX_BYTES) throw new Error('the image is too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}
