/** A small client of the Kubernetes API for tests: requests and server-side apply. */
import { Agent, type RequestOptions, request } from 'node:https';

export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  // biome-ignore lint/suspicious/noExplicitAny: objects of every kind
  readonly [field: string]: any;
}
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly object[];
}
interface Credentials {
  readonly ca: string;
  readonly token: string;
}

export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, what: string, body: string) {
    super(`${what}: ${status} ${messageOf(body)}`);
    this.status = status;
  }
}

function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? body;
  } catch {
    return body;
  }
}

interface KindEntry {
  readonly kind: string;
  readonly name: string;
  readonly namespaced: boolean;
}

export class Api {
  readonly url: string;
  readonly #token: string;
  readonly #agent: Agent;
  readonly #kinds = new Map<string, Promise<readonly KindEntry[]>>();

  constructor(url: string, { ca, token }: Credentials) {
    this.url = url;
    this.#token = token;
    this.#agent = new Agent({ keepAlive: true, ca });
  }

  async get(path: string): Promise<Resource> {
    return JSON.parse(await this.ask('GET', path)) as Resource;
  }

  async create(resource: Resource): Promise<Resource> {
    const path = await this.pathOf(resource);
    return JSON.parse(await this.ask('POST', path.slice(0, path.lastIndexOf('/')), resource)) as Resource;
  }

  /** Server-side apply. @param query Such as `dryRun=All`. */
  async apply(resource: Resource, manager = 'test', query = ''): Promise<Resource> {
    return await this.#apply(await this.pathOf(resource), resource, manager, query);
  }

  async applyStatus(resource: Resource, manager = 'test'): Promise<Resource> {
    return await this.#apply(`${await this.pathOf(resource)}/status`, resource, manager, '');
  }

  async patch(path: string, patch: object): Promise<void> {
    await this.ask('PATCH', path, patch, 'application/merge-patch+json');
  }

  /** What is gone already is no error. */
  async delete(path: string, options: object = {}): Promise<void> {
    await this.ask('DELETE', path, options).catch((error) => {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    });
  }

  async pathOf({ apiVersion, kind, metadata }: Resource): Promise<string> {
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    let kinds = this.#kinds.get(base);
    if (kinds === undefined) {
      kinds = this.ask('GET', base).then(
        (text) => (JSON.parse(text) as { resources: KindEntry[] }).resources,
      );
      this.#kinds.set(base, kinds);
      // A group that is not there yet may come.
      kinds.catch(() => this.#kinds.delete(base));
    }
    const found = (await kinds).find((one) => one.kind === kind && !one.name.includes('/'));
    if (found === undefined) {
      this.#kinds.delete(base);
      throw new Error(`the API server knows no ${kind} of ${apiVersion}`);
    }
    const namespace = found.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
    return `${base}${namespace}/${found.name}/${metadata.name}`;
  }

  ask(method: string, path: string, body?: object, type = 'application/json'): Promise<string> {
    const text = body === undefined ? '' : JSON.stringify(body);
    const options = this.options(method, {
      'content-type': type,
      // Node says it by itself for some methods only.
      'content-length': Buffer.byteLength(text),
    });
    return new Promise((done, failed) => {
      const asked = request(`${this.url}${path}`, options, (answer) => {
        let said = '';
        answer.setEncoding('utf8').on('data', (piece: string) => {
          said += piece;
        });
        answer.on('error', failed).on('end', () => {
          const status = answer.statusCode ?? 0;
          if (status < 300) done(said);
          else failed(new ApiError(status, `${method} ${path}`, said));
        });
      });
      asked.on('error', failed).end(text);
    });
  }

  options(method: string, headers: Readonly<Record<string, string | number>> = {}): RequestOptions {
    return { method, agent: this.#agent, headers: { ...headers, authorization: `Bearer ${this.#token}` } };
  }

  close(): void {
    this.#agent.destroy();
  }

  async #apply(path: string, resource: Resource, manager: string, query: string): Promise<Resource> {
    const full = `${path}?fieldManager=${manager}&force=true${query === '' ? '' : `&${query}`}`;
    return JSON.parse(await this.ask('PATCH', full, resource, 'application/apply-patch+yaml')) as Resource;
  }
}
