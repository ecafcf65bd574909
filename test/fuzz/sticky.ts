/**
 * Policies that are sticky until hot: picks, answers of the picked host or of another, reports, ticks and new
 * configurations in any order, with streams that end whenever they like; without hosts in the configuration
 * they are learnt. Checked: a changed key is one that Envoy takes, and when all requests are over none is in
 * flight.
 */
import { isIPv4 } from 'node:net';
import { CHANGED_KEY } from '../../host/filter/header-names.ts';
import type { Pair } from '../../host/wasm/maps.ts';
import type { Stream } from '../../host/wasm/stream.ts';
import { Vm } from '../../host/wasm/vm.ts';
import { mutate } from './mutate.ts';
import { reportText } from './orca-inputs.ts';
import type { Random } from './random.ts';
import { hold, type Input, shown, type Target } from './target.ts';

type Event =
  | { readonly do: 'pick'; readonly key: string }
  /** Without a key no host is picked. */
  | { readonly do: 'begin'; readonly key: string | null }
  | {
      readonly do: 'answer';
      readonly which: number;
      /** The host that has answered; null: Envoy itself. */
      readonly by: string | null;
      readonly fields: readonly Pair[];
      readonly trailers: boolean;
    }
  | { readonly do: 'end'; readonly which: number }
  | { readonly do: 'tick'; readonly ms: number }
  | { readonly do: 'select'; readonly hosts: number; readonly sticky: object };

export interface StickyInput extends Input {
  readonly events: readonly Event[];
}

const hosts = Array.from({ length: 12 }, (_, i) => `127.0.0.${i + 1}:80`);
const stickies = [
  { target: 0.8, bound: 2.5, hops: 8 },
  { target: 0.01, bound: 1, hops: 1 },
  { target: 1, bound: 1_000_000, hops: 8 },
  { target: 0.5, bound: 1.25, hops: 8 },
];
const plain = 'endpoint-load-metrics';
/** Hosts that the policy does not have, and what is no host at all. */
const strangers = ['10.9.9.9:1', '/s', 'x'.repeat(200), '', 'A'];

export class StickyTarget implements Target<StickyInput> {
  readonly name = 'sticky';
  readonly flat = true;
  readonly #vm: Vm;
  #now = 1_700_000_000_000_000_000n;
  #select!: Root;
  /** Number of hosts, from the first on, that the selecting root has. */
  #hosts = 0;

  constructor(module: WebAssembly.Module) {
    this.#vm = new Vm(module, { now: () => this.#now });
    this.#configure(hosts.length, stickies[0]!);
    const random = 7;
    // The most that can be at once: all streams of an input, in all hosts, with long fields.
    const begin = hosts.concat(hosts).map((key) => ({ do: 'begin', key }) as const);
    const fields: Pair[] = [[plain, 'x'.repeat(100_000)]];
    for (let i = 0; i < 3; i++) {
      this.run({
        events: [
          ...begin,
          { do: 'pick', key: 'k'.repeat(100_000) },
          { do: 'answer', which: random, by: hosts[0]!, fields, trailers: false },
          { do: 'select', hosts: hosts.length, sticky: stickies[0]! },
          ...begin,
        ],
      });
    }
  }

  generate(random: Random): StickyInput {
    const fields = (): Pair[] => {
      const made = random.oneIn(3) ? reportText(random) : `TEXT cpu=${random.below(130) / 100}`;
      return [[plain, random.oneIn(9) ? mutate(made, random, [made]) : made]];
    };
    const event = (): Event => {
      switch (random.below(20)) {
        case 0:
        case 1:
        case 2:
        case 3:
          return { do: 'begin', key: random.oneIn(9) ? null : random.pick(hosts) };
        case 4:
        case 5:
        case 6:
          return {
            do: 'answer',
            which: random.below(24),
            by: random.oneIn(4) ? null : random.pick([...hosts, ...strangers]),
            fields: fields(),
            trailers: random.oneIn(4),
          };
        case 7:
        case 8:
          return { do: 'end', which: random.below(24) };
        case 9:
        case 10:
        case 11:
          return { do: 'tick', ms: random.pick([0, 1, 250, 250, 250, 1000, 4000, 11_000, 100_000]) };
        case 12:
          return random.oneIn(20)
            ? { do: 'select', hosts: random.below(hosts.length + 1), sticky: random.pick(stickies) }
            : { do: 'tick', ms: 250 };
        default:
          return { do: 'pick', key: `k${random.oneIn(2) ? 1 : random.below(1000)}` };
      }
    };
    return { events: Array.from({ length: 1 + random.size(60) }, event) };
  }

  run({ events }: StickyInput): void {
    const open: Stream[] = [];
    for (const event of events) this.#do(event, open);
    for (const stream of open) stream.finish();
    // Every host that the policy knows tells its requests in flight at the next tick.
    this.#now += 1_000_000_000n;
    this.#select.tick();
    for (const [name, value] of Object.entries(this.#vm.metrics.values())) {
      const host = /^loadstar_host_in_flight\.cluster\.s\.host\.(.+)$/.exec(name)?.[1];
      const known = this.#hosts === 0 ? hosts : hosts.slice(0, this.#hosts);
      if (host === undefined || !known.includes(host)) continue;
      hold(value === 0, `${value} in flight to ${host}, and all streams are over`);
    }
  }

  #do(event: Event, open: Stream[]): void {
    switch (event.do) {
      case 'pick': {
        const stream = this.#select.stream();
        hold(stream.onRequestHeaders([['k', event.key]]) === 0, 'request: not continued');
        hold(stream.requestHeaders!.pairs.length === 1, 'the request has other headers');
        const changed = stream.filterState(CHANGED_KEY);
        hold(changed === undefined || isAddress(changed), `changed key ${shown(changed ?? '')}`);
        stream.onResponseHeaders([[':status', '200']]);
        stream.finish();
        return;
      }
      case 'begin': {
        if (open.length >= 24) return;
        const stream = this.#select.stream();
        hold(
          stream.onRequestHeaders(event.key === null ? [] : [['k', event.key]]) === 0,
          'request: not continued',
        );
        open.push(stream);
        return;
      }
      case 'answer': {
        const stream = open[event.which % Math.max(1, open.length)];
        if (stream === undefined) return;
        if (event.trailers) hold(stream.onResponseTrailers(event.fields) === 0, 'trailers: not continued');
        else {
          const headers: Pair[] = [[':status', '200'], ...event.fields];
          this.#select.answersBy = event.by ?? undefined;
          hold(stream.onResponseHeaders(headers) === 0, 'answer: not continued');
        }
        return;
      }
      case 'end':
        open.splice(event.which % Math.max(1, open.length), 1)[0]?.finish();
        return;
      case 'tick':
        this.#now += BigInt(event.ms) * 1_000_000n;
        this.#select.tick();
        return;
      case 'select':
        this.#configure(event.hosts, event.sticky);
        return;
    }
  }

  #configure(count: number, sticky: object): void {
    // Envoy makes the new one before it lets the old one go; streams of the old one live on.
    const next = new Root(this.#vm, {
      role: 'select',
      only: true,
      tables: [{ size: 251, localities: [{ hosts: hosts.slice(0, count).map((host) => [host, 1]) }] }],
      policies: [{ cluster: 's', table: 0, hash: [{ header: 'k' }], sticky }],
    });
    this.#select?.remove();
    this.#select = next;
    this.#hosts = count;
  }

  probe(): string {
    // Picks depend on what was reported; a fresh configuration and a long silence take that away.
    this.#configure(hosts.length, stickies[0]!);
    for (let i = 0; i < 300; i++) {
      this.#now += 20_000_000_000n;
      this.#select.tick();
    }
    const stream = this.#select.stream();
    stream.onRequestHeaders([['k', 'probe']]);
    stream.onResponseHeaders([
      [':status', '200'],
      [plain, 'TEXT cpu=0.5'],
    ]);
    const answer = JSON.stringify([stream.requestHeaders!.pairs, stream.responseHeaders!.pairs]);
    stream.finish();
    return answer;
  }

  /** For the test of this target: what the module counted. */
  get counted(): Record<string, number> {
    return this.#vm.metrics.values();
  }

  memory(): number {
    return this.#vm.memory.size;
  }
}

/** As Envoy reads one that it is given as a changed key. */
function isAddress(text: string): boolean {
  const [ip = '', port = '', ...rest] = text.split(':');
  return isIPv4(ip) && rest.length === 0 && String(Number(port)) === port && Number(port) < 65_536;
}

/** A root context that can go away, which host/wasm's own users never need. */
class Root {
  /** The host that Envoy names for the next answer. */
  answersBy: string | undefined;
  readonly #vm: Vm;
  readonly #context: ReturnType<Vm['create']>;

  constructor(vm: Vm, config: object) {
    this.#vm = vm;
    const configuration = Buffer.from(JSON.stringify(config));
    this.#context = vm.create(0, () => undefined, configuration);
    hold(vm.call('on_configure', this.#context, configuration.length) === 1, `refused: ${configuration}`);
  }

  stream(): Stream {
    return this.#vm.stream(this.#context.id, (path) =>
      path === 'upstream.address' ? this.answersBy : undefined,
    );
  }

  tick(): void {
    this.#vm.call('on_tick', this.#context);
  }

  remove(): void {
    this.#vm.call('on_delete', this.#context);
    this.#vm.drop(this.#context);
  }
}
