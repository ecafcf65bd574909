/** Two values of each host over the last minutes, in rings of a fixed size. */
import { HISTORY_SECONDS, type History } from './contract.ts';

/** Between two points; samples that come sooner are left out. */
const STEP_SECONDS = 3;
const POINTS = HISTORY_SECONDS / STEP_SECONDS;
/** Hosts with lines: 2.4 kB each. */
export const MAX_LINES = 4_096;

interface Line {
  readonly rate: Float32Array;
  readonly utilization: Float32Array;
  /** The point that was written last. */
  last: number;
}

export class Lines {
  readonly #times = new Float64Array(POINTS);
  readonly #lines = new Map<string, Line>();
  /** Points ever written. */
  #count = 0;

  /** @param record Is given every host that is there. */
  add(
    at: number,
    each: (record: (key: string, rate: number, utilization: number | undefined) => void) => void,
  ): void {
    const before = this.#times[(this.#count - 1 + POINTS) % POINTS]!;
    // A sample may come a little early.
    if (this.#count > 0 && at - before < STEP_SECONDS * 1000 - 200) return;
    const point = this.#count++;
    const slot = point % POINTS;
    this.#times[slot] = at;
    each((key, rate, utilization = Number.NaN) => {
      const line = this.#lines.get(key) ?? this.#begin(key);
      if (line === undefined) return;
      line.rate[slot] = rate;
      line.utilization[slot] = utilization;
      line.last = point;
    });
    for (const [key, line] of this.#lines) {
      if (line.last === point) continue;
      if (point - line.last >= POINTS) this.#lines.delete(key);
      else line.rate[slot] = line.utilization[slot] = Number.NaN;
    }
  }

  of(hosts: readonly { readonly host: string; readonly key: string }[]): Pick<History, 'times' | 'hosts'> {
    const slots = this.#slots();
    const read = (values: Float32Array): (number | null)[] =>
      slots.map((slot) => (Number.isNaN(values[slot]) ? null : values[slot]!));
    return {
      times: slots.map((slot) => this.#times[slot]!),
      hosts: hosts.flatMap(({ host, key }) => {
        const line = this.#lines.get(key);
        return line === undefined
          ? []
          : [{ host, rate: read(line.rate), utilization: read(line.utilization) }];
      }),
    };
  }

  /** Of the points in that time; 0 for a host without any. */
  meanRate(key: string, from: number, to: number): number {
    const line = this.#lines.get(key);
    if (line === undefined) return 0;
    let [sum, points] = [0, 0];
    for (const slot of this.#slots()) {
      const [at, rate] = [this.#times[slot]!, line.rate[slot]!];
      if (at <= from || at > to) continue;
      // A host that was not there then had no requests.
      sum += Number.isNaN(rate) ? 0 : rate;
      points++;
    }
    return points === 0 ? 0 : sum / points;
  }

  /** Of the points that there are, oldest first. */
  #slots(): number[] {
    const from = Math.max(0, this.#count - POINTS);
    return Array.from({ length: this.#count - from }, (_, i) => (from + i) % POINTS);
  }

  #begin(key: string): Line | undefined {
    if (this.#lines.size >= MAX_LINES) return undefined;
    const empty = () => new Float32Array(POINTS).fill(Number.NaN);
    const line = { rate: empty(), utilization: empty(), last: -1 };
    this.#lines.set(key, line);
    return line;
  }
}
