/**
 * One request and its response through a filter, phase by phase as Envoy's filter manager runs them. Header maps given to a
 * phase stay: what the module wrote can be read from them afterwards.
 */
import { MapType } from './abi.ts';
import type { Context, LocalResponse, Properties } from './context.ts';
import { HeaderMap, type Pair } from './maps.ts';
import type { Vm } from './vm.ts';

type Headers = HeaderMap | Iterable<Pair>;
const asMap = (headers: Headers): HeaderMap =>
  headers instanceof HeaderMap ? headers : new HeaderMap(headers);

export class Stream {
  readonly #vm: Vm;
  readonly #context: Context;

  constructor(vm: Vm, root: number, properties: Properties) {
    this.#vm = vm;
    this.#context = vm.create(root, [], properties);
  }

  /** Id of the stream's context in the module. */
  get id(): number {
    return this.#context.id;
  }

  /** Answers the callback's action (see Action). */
  onRequestHeaders(headers: Headers, endOfStream = true): number {
    return this.#headers('on_request_headers', MapType.requestHeaders, headers, endOfStream);
  }

  onRequestTrailers(trailers: Headers): number {
    return this.#trailers('on_request_trailers', MapType.requestTrailers, trailers);
  }

  onResponseHeaders(headers: Headers, endOfStream = true): number {
    return this.#headers('on_response_headers', MapType.responseHeaders, headers, endOfStream);
  }

  onResponseTrailers(trailers: Headers): number {
    return this.#trailers('on_response_trailers', MapType.responseTrailers, trailers);
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

  get responseTrailers(): HeaderMap | undefined {
    return this.#context.maps[MapType.responseTrailers];
  }

  /** What the module answered by itself, if it did. */
  get localResponse(): LocalResponse | undefined {
    return this.#context.localResponse;
  }

  #headers(callback: string, type: number, headers: Headers, endOfStream: boolean): number {
    const map = asMap(headers);
    this.#context.maps[type] = map;
    return this.#vm.call(callback, this.#context, map.pairs.length, endOfStream ? 1 : 0);
  }

  #trailers(callback: string, type: number, trailers: Headers): number {
    const map = asMap(trailers);
    this.#context.maps[type] = map;
    return this.#vm.call(callback, this.#context, map.pairs.length);
  }
}
