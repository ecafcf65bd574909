/** Counters, gauges and histograms a module has defined: number and name both ways, one value each. */
import { MetricType } from './abi.ts';

interface Metric {
  readonly name: string;
  readonly type: number;
  value: bigint;
}

export class Metrics {
  readonly #metrics: Metric[] = [];
  readonly #byName = new Map<string, number>();

  /** The same name gives the same number again, as Envoy's stats do. Undefined: no such type. */
  define(type: number, name: string): number | undefined {
    if (type < MetricType.counter || type > MetricType.histogram) return undefined;
    const key = `${type} ${name}`;
    let id = this.#byName.get(key);
    if (id === undefined) {
      id = this.#metrics.push({ name, type, value: 0n }) - 1;
      this.#byName.set(key, id);
    }
    return id;
  }

  /** False: unknown, or a counter asked to go down. */
  increment(id: number, by: bigint): boolean {
    const metric = this.#metrics[id];
    if (metric === undefined || metric.type === MetricType.histogram) return false;
    if (metric.type === MetricType.counter && by < 0n) return false;
    metric.value += by;
    return true;
  }

  record(id: number, value: bigint): boolean {
    const metric = this.#metrics[id];
    if (metric === undefined) return false;
    if (metric.type === MetricType.counter) metric.value += value;
    else metric.value = value;
    return true;
  }

  /** All by name, in the order of their definition. */
  values(): Record<string, number> {
    return Object.fromEntries(this.#metrics.map((metric) => [metric.name, Number(metric.value)]));
  }

  /** Undefined: no metric of that name was defined. */
  value(name: string): number | undefined {
    const value = this.#metrics.find((metric) => metric.name === name)?.value;
    return value === undefined ? undefined : Number(value);
  }
}
