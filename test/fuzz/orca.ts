/**
 * Load reports through the report role: headers and trailers, all three forms. Whatever the backend sends,
 * what is left for Envoy must be nothing, or a report that Envoy takes: every value finite and not negative,
 * utilization and rate above 0.
 */
import { nativeVerdict } from '../../host/explain/native-orca.ts';
import { SharedData } from '../../host/wasm/context.ts';
import type { Pair } from '../../host/wasm/maps.ts';
import { Vm } from '../../host/wasm/vm.ts';
import { corpus } from './corpus.ts';
import { mutate } from './mutate.ts';
import { reportText } from './orca-inputs.ts';
import { Random } from './random.ts';
import { hold, type Input, shown, type Target } from './target.ts';

const PLAIN = 'endpoint-load-metrics';
const BINARY = 'endpoint-load-metrics-bin';

export interface OrcaInput extends Input {
  readonly headers: readonly Pair[];
  readonly trailers: readonly Pair[];
  readonly upstream: string | null;
  /** Which of `policies` the cluster has. */
  readonly policy: number;
  /** Milliseconds until the next tick, which then runs; 0: no tick. */
  readonly tick: number;
  /** Bytes that another version of the filter might have left in the shared data. */
  readonly shared: string | null;
}

/** metricNamesForComputingUtilization of each root context. */
const policies = [
  [],
  ['named_metrics.foo', 'utilization.gpu', 'cpu_utilization'],
  ['named_metrics.kv_cache_usage_perc'],
];

/** Some are no addresses: a fixed set, for each one is remembered. */
const hosts = Array.from({ length: 96 }, (_, i) => {
  const host = `10.0.0.${i}:80`;
  return i < 64 ? host : mutate(host, new Random(i), [host, '[2001:db8::1]:1', '/a.sock']);
});

function report(random: Random, seeds: readonly string[]): string {
  const made = random.oneIn(4) ? random.pick(seeds) : reportText(random);
  return random.oneIn(5) ? mutate(made, random, seeds) : made;
}

function fields(random: Random, seeds: readonly string[]): Pair[] {
  const out: Pair[] = [];
  for (let left = random.pick([0, 1, 1, 1, 1, 2, 3]); left > 0; left--) {
    const made = report(random, seeds);
    const bare = made.startsWith('BIN ') ? made.slice(4) : made;
    const isBinary = /^(BIN )?[A-Za-z0-9+/]+=*$/.test(made);
    out.push(
      (isBinary ? random.oneIn(2) : random.oneIn(20))
        ? [BINARY, bare]
        : [random.oneIn(9) ? 'Endpoint-Load-Metrics' : PLAIN, made],
    );
  }
  return out;
}

export class OrcaTarget implements Target<OrcaInput> {
  readonly name = 'orca';
  readonly flat = true;
  readonly #seeds = corpus('orca');
  readonly #vm: Vm;
  readonly #roots: number[];
  /** Clusters of the probe alone: what a host may claim depends on the others of its cluster. */
  readonly #probed: number[];
  readonly #shared = new SharedData();
  #now = 1_700_000_000_000_000_000n;

  constructor(module: WebAssembly.Module) {
    this.#vm = new Vm(module, { now: () => this.#now, sharedData: this.#shared });
    const root = (cluster: string, strip: boolean, metricNames: readonly string[]): number => {
      const configuration = JSON.stringify({ role: 'report', cluster, strip, metricNames });
      const configured = this.#vm.configure({ configuration });
      if (!configured.ok) throw new Error(configured.reason);
      return configured.root;
    };
    this.#roots = policies.map((names, i) => root(`c${i}`, i === 0, names));
    this.#probed = policies.map((names, i) => root(`probe${i}`, i === 0, names));
    // All hosts there are, and the longest headers: from here on nothing needs more memory.
    for (const policy of this.#roots.keys()) {
      for (const upstream of hosts) {
        this.run({ ...this.#plain(PLAIN, 'TEXT cpu=0.5'), policy, upstream });
      }
    }
    this.run(this.#plain(PLAIN, 'x'.repeat(300_000)));
    this.run(this.#plain(BINARY, 'AAAA'.repeat(75_000)));
  }

  #plain(name: string, text: string): OrcaInput {
    return {
      headers: [[name, text]],
      trailers: [],
      upstream: '127.0.0.1:80',
      policy: 0,
      tick: 0,
      shared: null,
    };
  }

  generate(random: Random): OrcaInput {
    return {
      headers: fields(random, this.#seeds),
      trailers: random.oneIn(4) ? fields(random, this.#seeds) : [],
      upstream: random.oneIn(30) ? null : random.pick(hosts),
      policy: random.below(policies.length),
      tick: random.oneIn(500) ? random.pick([0, 1, 99, 1000, 1000, 70_000]) : 0,
      shared: random.oneIn(5000) ? mutate('\0'.repeat(random.size(200)), random, this.#seeds) : null,
    };
  }

  run(input: OrcaInput): void {
    const root = this.#roots[input.policy]!;
    if (input.shared !== null) this.#shared.set(`loadstar.responses.c${input.policy}`, input.shared, 0);
    const stream = this.#vm.stream(root, (path) =>
      path === 'upstream.address' ? (input.upstream ?? undefined) : undefined,
    );
    hold(stream.onResponseHeaders([[':status', '200'], ...input.headers]) === 0, 'headers: not continued');
    this.#left(stream.responseHeaders!.pairs, input);
    if (input.trailers.length > 0) {
      hold(stream.onResponseTrailers(input.trailers) === 0, 'trailers: not continued');
      // Envoy reads trailers only where the headers had no report.
      const inHeaders = stream.responseHeaders!.pairs.some(([name]) => name.startsWith(PLAIN));
      if (!inHeaders) this.#left(stream.responseTrailers!.pairs, input);
    }
    stream.finish();
    if (input.tick > 0) {
      this.#now += BigInt(input.tick) * 1_000_000n;
      this.#vm.tick(root);
    }
  }

  #left(pairs: readonly Pair[], input: OrcaInput): void {
    const read = pairs.find(([name]) => name === BINARY) ?? pairs.find(([name]) => name === PLAIN);
    if (read === undefined) return;
    const [name, text] = read;
    const own = [...input.headers, ...input.trailers].some(
      ([n, v]) => v === text && n.toLowerCase() === name,
    );
    if (!own) {
      hold(/^TEXT [\x21-\x7e]+$/.test(text) && name === PLAIN, `written report ${shown(text)}`);
      for (const part of text.slice(5).split(',')) {
        const match = /^([^:=,"]+):(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)$/.exec(part);
        hold(
          match !== null && Number.isFinite(Number(match[2])),
          `written metric ${shown(part)} in ${shown(text)}`,
        );
      }
    }
    const verdict = nativeVerdict(name, text, policies[input.policy]!);
    hold(
      verdict.kind === 'weight',
      `${own ? 'untouched' : 'written'} ${name}: ${shown(text)}: ${JSON.stringify(verdict)}`,
    );
    hold(
      verdict.weight >= 0 && verdict.utilization > 0 && Number.isFinite(verdict.utilization),
      `weight of ${shown(text)}`,
    );
    for (const [metric, amount] of [...verdict.report.fields, ...verdict.report.maps]) {
      hold(Number.isFinite(amount) && amount >= 0, `${metric} is ${amount} in ${shown(text)}`);
    }
  }

  probe(): string {
    const reports: [string, string][] = [
      [PLAIN, 'TEXT cpu=0.3,mem=0.8,rps_fractional=10'],
      [
        PLAIN,
        'JSON {"application_utilization": 0.25, "rps_fractional": "7.5", "named_metrics": {"foo": 0.5}}',
      ],
      [BINARY, 'CQAAAAAAAOA/MQAAAAAAAFlAOQAAAAAAAABAQg4KA3JpZhEAAAAAAAAQQA'],
      [PLAIN, 'TEXT cpu=nan'],
    ];
    const answers = this.#probed.flatMap((root) =>
      reports.map((pair) => {
        const stream = this.#vm.stream(root, () => '127.0.0.1:80');
        stream.onResponseHeaders([[':status', '200'], pair]);
        const answer = stream.responseHeaders!.pairs;
        stream.finish();
        return answer;
      }),
    );
    return JSON.stringify(answers);
  }

  /** How many were taken, by form and result: for the test of the generator. */
  get results(): Record<string, number> {
    return this.#vm.metrics.values();
  }

  memory(): number {
    return this.#vm.memory.size;
  }
}
