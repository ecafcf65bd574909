/** What Envoys of a group are told of each other: in which zones the proxies are, as they come and go. */
import type { Snapshot } from './encode.ts';
import type { EnvoyStatus } from './envoy-status.ts';
import { proxiesOf, withProxies } from './proxies.ts';

/** Envoys that come or go together are told of together. */
const TOGETHER_MS = 200;

export class Neighbours {
  readonly #all: () => readonly EnvoyStatus[];
  readonly #tell: (proxies: Snapshot) => void;
  #proxies: Snapshot | undefined;
  #served: { readonly of: Snapshot; readonly all: Snapshot } | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param tell Called with who the proxies are now, when that is not what it was. */
  constructor(all: () => readonly EnvoyStatus[], tell: (proxies: Snapshot) => void) {
    this.#all = all;
    this.#tell = tell;
  }

  /** The snapshot, and who the proxies are. */
  beside(snapshot: Snapshot): Snapshot {
    if (this.#served?.of !== snapshot)
      this.#served = { of: snapshot, all: withProxies(snapshot, this.#now()) };
    return this.#served.all;
  }

  /** One without a zone says nothing to the others. */
  comesOrGoes({ zone }: EnvoyStatus): void {
    if (zone === '') return;
    this.#proxies = undefined;
    this.#served = undefined;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tell(this.#now());
    }, TOGETHER_MS).unref();
  }

  #now(): Snapshot {
    this.#proxies ??= proxiesOf(this.#all());
    return this.#proxies;
  }
}
