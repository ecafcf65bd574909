/**
 * Load reports by grammar, in all forms. Half of them are calm: what a service might send; the others may be
 * odd anywhere.
 */
import { numbers } from './mutate.ts';
import type { Random } from './random.ts';

const good = [
  ...['cpu_utilization', 'mem_utilization', 'application_utilization', 'rps_fractional', 'eps', 'cpu', 'mem'],
  ...[
    'named_metrics.foo',
    'named_metrics.kv_cache_usage_perc',
    'utilization.gpu',
    'rps',
    'cpuUtilization',
    'foo_bytes',
  ],
];
const odd = [
  ...[
    'named_metrics.num_requests_waiting',
    'request_cost.db',
    'CPU-Utilization',
    'utilization',
    'qps',
    'rpsFractional',
  ],
  ...['named_metrics.', 'named_metrics', 'gpu utilization', '', '\u00e9', 'cpu_utilization '],
];

/** Two spellings of one field make a duplicate. */
const aliases: Readonly<Record<string, string>> = {
  cpu: 'cpu_utilization',
  cpuUtilization: 'cpu_utilization',
  mem: 'mem_utilization',
};

/** One report; `calm` runs through all of its parts. */
class Maker {
  readonly #random: Random;
  readonly #calm: boolean;
  readonly #crowded: boolean;
  readonly #used = new Set<string>();

  constructor(random: Random) {
    this.#random = random;
    this.#calm = random.oneIn(2);
    this.#crowded = random.oneIn(200);
  }

  /** The first of the two, or, where the report is not calm, any of both. */
  one<T>(usual: readonly T[], others: readonly T[]): T {
    return this.#calm || !this.#random.oneIn(5) ? this.#random.pick(usual) : this.#random.pick(others);
  }

  value(): string {
    const random = this.#random;
    const plain = random.oneIn(2)
      ? `0.${random.below(100)}`
      : String(random.below(1000) / random.pick([1, 10, 100]));
    return this.one([plain], numbers);
  }

  /** Calm: not the same one twice. */
  name(): string {
    // As many names as are allowed, so that the next one is too many.
    if (this.#crowded) {
      const number = this.#used.add(String(this.#used.size)).size;
      return number === 1 ? 'cpu_utilization' : `named_metrics.m${number}`;
    }
    const long = `named_metrics.${'n'.repeat(this.#random.size(this.#calm ? 100 : 300))}`;
    const name = this.one(this.#random.oneIn(20) ? [long] : good, odd);
    const last = name.replace(/.*\./, '');
    const bare = aliases[last] ?? last;
    const fresh = this.#calm && this.#used.has(bare);
    this.#used.add(fresh ? `${bare}${this.#used.size}` : bare);
    return fresh ? `${name}${this.#used.size}` : name;
  }

  count(): number {
    return this.#random.oneIn(100)
      ? 60 + this.#random.below(10)
      : this.#random.below(5) + (this.#calm ? 1 : 0);
  }

  text(): string {
    const parts = Array.from(
      { length: this.count() },
      () => this.name() + this.one(['=', ':'], [' = ', '', '==']) + this.value(),
    );
    return (
      this.one(['TEXT '], ['text ', 'Text  ', '', 'TEXT']) +
      parts.join(this.one([',', ', '], [' ,', ';', ',,']))
    );
  }

  json(): string {
    const random = this.#random;
    const plain = (): string =>
      this.one([this.value(), `"${this.value()}"`], ['null', 'true', '[1]', '{}', '"x"', '""']);
    const map = (): string =>
      `{${Array.from({ length: random.below(4) }, () => `"${this.name().replace(/.*\./, '')}":${plain()}`).join(',')}}`;
    const nested = (depth: number): string =>
      depth === 0 ? plain() : `{"named_metrics":${nested(depth - 1)}}`;
    const maps = ['named_metrics', 'utilization'].slice(0, this.#calm ? 1 + random.below(2) : 2);
    const members = Array.from({ length: Math.min(9, this.count()) }, () => {
      const name = random.oneIn(20)
        ? '\\u0063pu\\u005futilization'
        : this.name().replace(/^(named_metrics|utilization)\./, '');
      if (!this.#calm && random.oneIn(20)) return `"${name}":${nested(random.size(40))}`;
      return `"${name}":${plain()}`;
    });
    for (const name of maps)
      if (random.oneIn(3))
        members.push(`"${this.one([name], ['namedMetrics', 'request_cost', 'x'])}":${map()}`);
    return (
      this.one(['JSON '], ['json ', '', 'JSON']) +
      `{${members.join(this.one([',', ', '], [' , ', ',,', '']))}}`
    );
  }

  binary(): string {
    const random = this.#random;
    const numbers = new Set(
      Array.from({ length: 1 + random.below(5) }, () => this.one([1, 2, 6, 7, 9, 8, 5], [3, 4, 15, 0])),
    );
    const bytes = Buffer.concat([...numbers].flatMap((number) => this.#field(number)));
    const whole = this.#calm || !random.oneIn(6) ? bytes : bytes.subarray(0, random.below(bytes.length + 1));
    const base64 = whole.toString('base64');
    return random.pick(['', '', '', 'BIN ']) + (random.oneIn(6) ? base64.replace(/=+$/, '') : base64);
  }

  #double(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(Number(this.value()) || 0);
    if (!this.#calm && this.#random.oneIn(8)) for (let i = 0; i < 8; i++) bytes[i] = this.#random.below(256);
    return bytes;
  }

  #varint(): Buffer {
    const bytes = Array.from(
      { length: this.#random.pick([1, 1, 1, 2, 5, 9, 10, 11]) },
      () => this.#random.below(128) | 128,
    );
    bytes[bytes.length - 1]! &= this.#random.oneIn(10) ? 255 : 127;
    return Buffer.from(bytes);
  }

  #field(number: number): Buffer[] {
    const tag = (wire: number): Buffer => Buffer.from([(number << 3) | wire]);
    if (!this.#calm && this.#random.oneIn(9)) return [tag(this.#random.below(8)), this.#varint()];
    if (number === 3) return [tag(0), this.#varint()];
    if (number !== 4 && number !== 5 && number !== 8) return [tag(1), this.#double()];
    const name = Buffer.from(this.name().replace(/.*\./, '')).subarray(0, 100);
    const entry = Buffer.concat([Buffer.from([10, name.length]), name, Buffer.from([17]), this.#double()]);
    return [
      tag(2),
      !this.#calm && this.#random.oneIn(9) ? this.#varint() : Buffer.from([entry.length]),
      entry,
    ];
  }
}

export function reportText(random: Random): string {
  const maker = new Maker(random);
  switch (random.below(5)) {
    case 0:
    case 1:
      return maker.text();
    case 2:
    case 3:
      return maker.json();
    default:
      return maker.binary();
  }
}
