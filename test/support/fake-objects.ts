/** The objects of a fake API server: what is there, what happened to it, and what of that it still knows. */
import type { FakePlace } from './fake-api-server.ts';

export type Manifest = Readonly<Record<string, unknown>>;
export interface Kept {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly namespace?: string;
  };
  readonly status?: Manifest;
}

export class FakeObjects {
  version = 100;
  onEvent: (plural: string, line: string) => void = () => {};
  readonly #kept = new Map<string, Kept>();
  #events: { readonly version: number; readonly plural: string; readonly line: string }[] = [];
  /** Watches from before it get 410. */
  #forgotten = 0;

  get(plural: string, namespace: string, name: string): Kept | undefined {
    return this.#kept.get(`${plural} ${namespace}/${name}`);
  }

  put(plural: string, manifest: Manifest): Kept {
    const given = manifest as unknown as Kept;
    const { namespace = '', name } = given.metadata;
    const before = this.get(plural, namespace, name);
    const resourceVersion = String(++this.version);
    const generation = Number(before?.metadata.generation ?? 0) + 1;
    const kept = { ...given, metadata: { generation, ...given.metadata, resourceVersion } };
    this.#kept.set(`${plural} ${namespace}/${name}`, kept);
    this.#happen(plural, before === undefined ? 'ADDED' : 'MODIFIED', kept);
    return kept;
  }

  remove(plural: string, manifest: Manifest): void {
    const { namespace = '', name } = (manifest as unknown as Kept).metadata;
    const before = this.get(plural, namespace, name)!;
    this.#kept.delete(`${plural} ${namespace}/${name}`);
    const metadata = { ...before.metadata, resourceVersion: String(++this.version) };
    this.#happen(plural, 'DELETED', { ...before, metadata });
  }

  /** All that happened until now. */
  forget(): void {
    this.#events = [];
    this.#forgotten = ++this.version;
  }

  list(plural: string, namespace: string | undefined, query: URLSearchParams): object {
    const limit = Number(query.get('limit') ?? Number.POSITIVE_INFINITY);
    const from = Number(query.get('continue') ?? 0);
    const all = [...this.#kept]
      .filter(([key]) => key.startsWith(`${plural} ${namespace === undefined ? '' : `${namespace}/`}`))
      // Items of a list do not say what they are.
      .map(([, { apiVersion: _, kind: __, ...item }]) => item);
    const more = from + limit < all.length;
    return {
      metadata: {
        resourceVersion: String(this.version),
        ...(more ? { continue: String(from + limit) } : {}),
      },
      items: all.slice(from, from + limit),
    };
  }

  since(plural: string, version: number): string[] {
    if (version < this.#forgotten)
      return [JSON.stringify({ type: 'ERROR', object: { code: 410, message: 'too old resource version' } })];
    return this.#events
      .filter((event) => event.plural === plural && event.version > version)
      .map(({ line }) => line);
  }

  write(method: string, place: FakePlace, kind: string, text: string): { status: number; body: object } {
    const given = JSON.parse(text) as Kept;
    const { namespace = '', plural } = place;
    const name = place.name ?? given.metadata.name;
    const before = this.get(plural, namespace, name);
    if (method === 'POST' && before !== undefined)
      return { status: 409, body: { message: 'already exists' } };
    if (method !== 'POST' && before === undefined) return { status: 404, body: { message: 'not found' } };
    const wanted = given.metadata.resourceVersion;
    if (wanted !== undefined && before !== undefined && wanted !== before.metadata.resourceVersion)
      return { status: 409, body: { message: 'the object has been modified' } };
    const next = place.status
      ? { ...before!, status: given.status, metadata: { ...before!.metadata } }
      : { ...given, kind, metadata: { ...given.metadata, namespace } };
    const kept = this.put(plural, next as unknown as Manifest);
    return { status: method === 'POST' ? 201 : 200, body: kept };
  }

  #happen(plural: string, type: string, object: object): void {
    const line = JSON.stringify({ type, object });
    this.#events.push({ version: this.version, plural, line });
    this.onEvent(plural, line);
  }
}
