/**
 * Load reports through the report role: headers and trailers, all three forms. Whatever the backend sends, what is left for
 * Envoy must be nothing, or a report that Envoy takes: every value finite and not negative, utilization and rate above 0.
 */
import { nativeVerdict } from '../../host/explain/native-orca.ts';
import { SharedData } from '../../host/wasm/context.ts';
import type { Pair } from '../../host/wasm/maps.ts';
import { Vm } from '../../host/wasm/vm.ts';
import { corpus } from './corpus.ts';
import { mutate, numbers } from './mutate.ts';
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

const names = [
  ...[
    'cpu_utilization',
    'mem_utilization',
    'application_utilization',
    'rps_fractional',
    'rps',
    'eps',
    'cpu',
    'mem',
    'foo_bytes',
  ],
  ...[
    'named_metrics.foo',
    'named_metrics.kv_cache_usage_perc',
    'named_metrics.num_requests_waiting',
    'utilization.gpu',
    'named_metrics.',
  ],
  ...[
    'request_cost.db',
    'cpuUtilization',
    'rpsFractional',
    'CPU-Utilization',
    'utilization',
    'qps',
    '',
    'named_metrics',
    'gpu utilization',
  ],
];

const value = (random: Random): string =>
  random.oneIn(4)
    ? random.pick(numbers)
    : random.oneIn(2)
      ? `0.${random.below(100)}`
      : String(random.below(1000) / random.pick([1, 10, 100]));

function text(random: Random): string {
  const parts = Array.from({ length: random.oneIn(40) ? 70 : random.below(5) }, (_, i) => {
    const name = random.oneIn(30) ? `named_metrics.${'n'.repeat(random.size(300))}${i}` : random.pick(names);
    return name + random.pick(['=', ':', '=', ':', ' = ', '', '==']) + value(random);
  });
  return (
    random.pick(['TEXT ', 'TEXT ', 'TEXT ', 'text ', 'Text  ', '', 'TEXT']) +
    parts.join(random.pick([',', ',', ', ', ' ,', ';', ',,']))
  );
}

function json(random: Random): string {
  const plain = (): string =>
    random.pick([value(random), value(random), `"${value(random)}"`, 'null', 'true', '[1]', '{}', '"x"']);
  const map = (): string =>
    `{${Array.from({ length: random.below(4) }, () => `"${random.pick(names)}":${plain()}`).join(',')}}`;
  const nested = (depth: number): string =>
    depth === 0 ? plain() : `{"named_metrics":${nested(depth - 1)}}`;
  const members = Array.from({ length: random.below(5) }, () => {
    const name = random.oneIn(12) ? '\\u0063pu\\u005futilization' : random.pick(names);
    if (random.oneIn(20)) return `"${name}":${nested(random.size(40))}`;
    return random.oneIn(3)
      ? `"${random.pick(['named_metrics', 'namedMetrics', 'utilization', 'request_cost', 'x'])}":${map()}`
      : `"${name}":${plain()}`;
  });
  return (
    random.pick(['JSON ', 'JSON ', 'json ', '', 'JSON']) +
    `{${members.join(random.pick([',', ',', ' , ', ',,']))}}`
  );
}

const scratch = Buffer.alloc(8);
function double(random: Random): Buffer {
  const kind = random.below(6);
  if (kind === 0) for (let i = 0; i < 8; i++) scratch[i] = random.below(256);
  else scratch.writeDoubleLE(kind === 1 ? Number(random.pick(numbers)) : random.below(1000) / 100);
  return Buffer.from(scratch);
}

function varint(random: Random): Buffer {
  const bytes = Array.from(
    { length: random.pick([1, 1, 1, 2, 5, 9, 10, 11]) },
    () => random.below(128) | 128,
  );
  bytes[bytes.length - 1]! &= random.oneIn(10) ? 255 : 127;
  return Buffer.from(bytes);
}

function field(random: Random): Buffer {
  const number = random.pick([1, 2, 3, 4, 5, 6, 7, 8, 9, 6, 9, 15, 0]);
  const tag = (wire: number): Buffer => Buffer.from([(number << 3) | wire]);
  switch (random.below(8)) {
    case 0:
      return Buffer.concat([tag(0), varint(random)]);
    case 1:
    case 2: {
      const name = Buffer.from(random.pick(names));
      const entry = Buffer.concat([Buffer.from([10, name.length]), name, Buffer.from([17]), double(random)]);
      return Buffer.concat([tag(2), random.oneIn(9) ? varint(random) : Buffer.from([entry.length]), entry]);
    }
    case 3:
      return random.oneIn(3)
        ? Buffer.concat([tag(random.below(8)), varint(random)])
        : Buffer.concat([tag(1), double(random)]);
    default:
      return Buffer.concat([tag(1), double(random)]);
  }
}

function binary(random: Random): string {
  const bytes = Buffer.concat(Array.from({ length: random.below(6) }, () => field(random)));
  const whole = random.oneIn(6) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
  const base64 = whole.toString('base64');
  return random.pick(['', '', '', 'BIN ']) + (random.oneIn(6) ? base64.replace(/=+$/, '') : base64);
}

function report(random: Random, seeds: readonly string[]): string {
  const made = random.oneIn(4) ? random.pick(seeds) : random.pick([text, text, json, json, binary])(random);
  return random.oneIn(3) ? mutate(made, random, seeds) : made;
}

function fields(random: Random, seeds: readonly string[]): Pair[] {
  const out: Pair[] = [];
  for (let left = random.pick([0, 1, 1, 1, 1, 2, 3]); left > 0; left--) {
    const made = report(random, seeds);
    const bare = made.startsWith('BIN ') ? made.slice(4) : made;
    out.push(random.oneIn(3) ? [BINARY, bare] : [random.oneIn(9) ? 'Endpoint-Load-Metrics' : PLAIN, made]);
  }
  return out;
}

export class OrcaTarget implements Target<OrcaInput> {
  readonly name = 'orca';
  readonly flat = true;
  readonly #seeds = corpus('orca');
  readonly #vm: Vm;
  readonly #roots: number[];
  readonly #shared = new SharedData();
  #now = 1_700_000_000_000_000_000n;

  constructor(module: WebAssembly.Module) {
    this.#vm = new Vm(module, { now: () => this.#now, sharedData: this.#shared });
    this.#roots = policies.map((metricNames, i) => {
      const configuration = JSON.stringify({ role: 'report', cluster: `c${i}`, strip: i === 0, metricNames });
      const configured = this.#vm.configure({ configuration });
      if (!configured.ok) throw new Error(configured.reason);
      return configured.root;
    });
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
    hold(stream.localResponse === undefined, 'answers by itself');
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
    const answers = this.#roots.flatMap((root) =>
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

  memory(): number {
    return this.#vm.memory.size;
  }
}
