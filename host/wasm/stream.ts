/**
 * One request and its response through a filter, phase by phase as Envoy's filter manager runs them. The
 * header map of a phase can be read afterwards, with what the module wrote to it.
 */
import { MapType } from './abi.ts';
import type { Context, Properties } from './context.ts';
import { HeaderMap, type Pair } from './maps.ts';

type Headers = HeaderMap | Iterable<Pair>;
const asMap = (headers: Headers): HeaderMap =>
  headers instanceof HeaderMap ? headers : new HeaderMap(headers);

/** What a stream needs of its VM. */
export interface Callbacks {
  /** A new context below a root. */
  create(root: number, properties: Properties): Context;
  /** Runs a callback; 0 when the module does not export it. Throws VmTrap. */
  call(name: string, context: Context, ...args: number[]): number;
  /** Forgets a context after its on_delete. */
  drop(context: Context): void;
}

export class Stream {
  readonly #vm: Callbacks;
  readonly #context: Context;

  constructor(vm: Callbacks, root: number, properties: Properties) {
    this.#vm = vm;
    this.#context = vm.create(root, properties);
  }

  /** Id of the stream's context in the module. */
  get id(): number {
    return this.#context.id;
  }

  /** The callback's answer: 0 continues, anything else stops the chain of filters. */
  onRequestHeaders(headers: Headers, endOfStream = true): number {
    return this.#headers('on_request_headers', MapType.requestHeaders, headers, endOfStream);
  }

  onResponseHeaders(headers: Headers, endOfStream = true): number {
    return this.#headers('on_response_headers', MapType.responseHeaders, headers, endOfStream);
  }

  onResponseTrailers(trailers: Headers): number {
    const map = asMap(trailers);
    this.#context.maps[MapType.responseTrailers] = map;
    return this.#vm.call('on_response_trailers', this.#context, map.pairs.length);
  }

  /** on_done, on_log and on_delete: the stream is over and may not be used again. */
  finish(): void {
    this.#vm.call('on_done', this.#context);
    this.#vm.call('on_log', this.#context);
    this.#vm.call('on_delete', this.#context);
    this.#vm.drop(this.#context);
  }

  get requestHeaders(): HeaderMap | undefined {
    return this.#context.maps[MapType.requestHeaders];
  }

  get responseHeaders(): HeaderMap | undefined {
    return this.#context.maps[MapType.responseHeaders];
  }

  /** An object of the request's filter state, as the text it was made from. */
  filterState(name: string): string | undefined {
    return this.#context.filterState?.get(name);
  }

  get responseTrailers(): HeaderMap | undefined {
    return this.#context.maps[MapType.responseTrailers];
  }

  #headers(callback: string, type: number, headers: Headers, endOfStream: boolean): number {
    const map = asMap(headers);
    this.#context.maps[type] = map;
    return this.#vm.call(callback, this.#context, map.pairs.length, endOfStream ? 1 : 0);
  }
}
