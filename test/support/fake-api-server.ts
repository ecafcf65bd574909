/**
 * An API server for quick tests: discovery, lists in pages, watches with bookmarks, what it forgets (410),
 * what it refuses, and status by server-side apply. It keeps objects as they are put and checks none.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeObjects, type Kept, type Manifest } from './fake-objects.ts';

/** `group/version/plural` by kind. */
const RESOURCES: Readonly<Record<string, string>> = {
  Gateway: 'gateway.networking.k8s.io/v1/gateways',
  GatewayClass: 'gateway.networking.k8s.io/v1/gatewayclasses',
  HTTPRoute: 'gateway.networking.k8s.io/v1/httproutes',
  GRPCRoute: 'gateway.networking.k8s.io/v1/grpcroutes',
  ReferenceGrant: 'gateway.networking.k8s.io/v1beta1/referencegrants',
  BackendTrafficPolicy: 'gateway.envoyproxy.io/v1alpha1/backendtrafficpolicies',
  EnvoyExtensionPolicy: 'gateway.envoyproxy.io/v1alpha1/envoyextensionpolicies',
  Service: '/v1/services',
  Secret: '/v1/secrets',
  ConfigMap: '/v1/configmaps',
  Namespace: '/v1/namespaces',
  EndpointSlice: 'discovery.k8s.io/v1/endpointslices',
  Lease: 'coordination.k8s.io/v1/leases',
};

export class FakeApiServer {
  readonly objects = new FakeObjects();
  /** Method, path and query of each request. */
  readonly asked: string[] = [];
  /** Answers of a status for paths that end so. */
  readonly refuses = new Map<string, number>();
  /** Kinds whose CRD is not there. */
  readonly absent = new Set<string>();
  /** Bearer tokens that are taken; empty: whoever asks. */
  readonly tokens = new Set<string>();
  /** What a list answers with, in the place of one, by plural. */
  readonly garbage = new Map<string, string>();
  readonly #server: Server;
  readonly #watches = new Set<{ readonly plural: string; readonly answer: ServerResponse }>();

  static async start(): Promise<FakeApiServer> {
    const fake = new FakeApiServer();
    await new Promise<void>((done) => fake.#server.listen(0, '127.0.0.1', done));
    return fake;
  }

  private constructor() {
    this.#server = createServer((request, answer) => void this.#answer(request, answer));
    this.objects.onEvent = (plural, line) => this.write(`${line}\n`, plural);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  put(...manifests: readonly Manifest[]): void {
    for (const one of manifests) this.objects.put(pluralOf(one), one);
  }

  remove(manifest: Manifest): void {
    this.objects.remove(pluralOf(manifest), manifest);
  }

  get(kind: string, namespace: string, name: string): Kept | undefined {
    return this.objects.get(RESOURCES[kind]!.split('/')[2]!, namespace, name);
  }

  /** To all who watch it, as it is: a bookmark, half an object, what is none. */
  write(text: string, plural?: string): void {
    for (const watch of this.#watches)
      if (plural === undefined || watch.plural === plural) watch.answer.write(text);
  }

  bookmark(plural: string): void {
    const object = { metadata: { resourceVersion: String(this.objects.version) } };
    this.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`, plural);
  }

  get watching(): number {
    return this.#watches.size;
  }

  /** Each watch, in the middle of what it was at. */
  cut(): void {
    for (const { answer } of this.#watches) answer.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #answer(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    this.asked.push(`${request.method} ${url.pathname}${url.search}`);
    const say = (status: number, body: object): void => {
      answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const fail = (code: number, message: string): void => say(code, { kind: 'Status', code, message });
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    if (this.tokens.size > 0 && !this.tokens.has(token)) return fail(401, 'Unauthorized');
    for (const [end, status] of this.refuses)
      if (url.pathname.endsWith(end)) return fail(status, `refused: ${end}`);
    const text = await bodyOf(request);
    const found = this.#discovered(url.pathname);
    if (found !== undefined) return say(200, found);
    const place = placeOf(url.pathname);
    const kind = kindOf(place?.plural);
    if (place === undefined || kind === undefined || this.absent.has(kind)) return fail(404, 'not found');
    if (request.method !== 'GET') {
      const { status, body } = this.objects.write(request.method ?? '', place, kind, text);
      return say(status, body);
    }
    if (place.name !== undefined) {
      const one = this.objects.get(place.plural, place.namespace ?? '', place.name);
      return one === undefined ? fail(404, 'not found') : say(200, one);
    }
    if (url.searchParams.has('watch')) return this.#watch(place.plural, url.searchParams, answer);
    const garbage = this.garbage.get(place.plural);
    if (garbage !== undefined) return void answer.end(garbage);
    say(200, this.objects.list(place.plural, place.namespace, url.searchParams));
  }

  #watch(plural: string, query: URLSearchParams, answer: ServerResponse): void {
    answer.writeHead(200, { 'content-type': 'application/json' });
    answer.flushHeaders();
    const watch = { plural, answer };
    this.#watches.add(watch);
    answer.on('close', () => this.#watches.delete(watch));
    for (const line of this.objects.since(plural, Number(query.get('resourceVersion'))))
      answer.write(`${line}\n`);
  }

  #discovered(path: string): object | undefined {
    const all = Object.entries(RESOURCES)
      .filter(([kind]) => !this.absent.has(kind))
      .map(([kind, text]) => [kind, ...text.split('/')] as const);
    const [, , group = '', version] = path === '/api/v1' ? ['', '', '', 'v1'] : path.split('/');
    const own = all.filter((one) => one[1] === group);
    if (path.split('/').length === 3 && path.startsWith('/apis/') && own.length > 0) {
      const versions = [...new Set(own.map((one) => one[2]))].map((one) => ({ version: one }));
      return { versions, preferredVersion: versions[0] };
    }
    const here = own.filter((one) => one[2] === version);
    const isList = path === '/api/v1' || (path.startsWith('/apis/') && path.split('/').length === 4);
    if (!isList || here.length === 0) return undefined;
    return { resources: here.map(([kind, , , name]) => ({ kind, name })) };
  }
}

const pluralOf = ({ kind }: Manifest): string => RESOURCES[String(kind)]!.split('/')[2]!;
const kindOf = (plural: string | undefined): string | undefined =>
  Object.keys(RESOURCES).find((kind) => RESOURCES[kind]!.split('/')[2] === plural);

function placeOf(path: string) {
  const found =
    /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([a-z]+)(?:\/([^/]+))?(\/status)?$/.exec(
      path,
    );
  if (found === null) return undefined;
  const [, namespace, plural = '', name, status] = found;
  return { namespace, plural, name, status: status !== undefined };
}
export type FakePlace = NonNullable<ReturnType<typeof placeOf>>;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
