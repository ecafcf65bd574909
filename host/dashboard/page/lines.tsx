/** Requests and utilization of each host over the last minutes. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { History, HostNow } from '../contract.ts';
import { ask, now } from './store.ts';
import { clockText } from './words.ts';

const HEIGHT = 180;
/** As the server keeps them. */
const POINTS = 300;
const STEP_MS = 3_000;

type Kind = 'rate' | 'utilization';

/** @param reported Load reports count for the pool. */
export const Lines = ({ id, reported }: { readonly id: string; readonly reported: boolean }) => (
  <>
    <Chart id={id} kind="rate" title="requests per second" />
    {reported && <Chart id={id} kind="utilization" title="utilization, as reported" />}
  </>
);

const Chart = ({ id, kind, title }: { readonly id: string; readonly kind: Kind; readonly title: string }) => {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const node = place.current!;
    let plot: uPlot | undefined;
    let stop = () => {};
    let over = false;
    void ask<History>('history', new URLSearchParams({ pool: id })).then((history) => {
      if (over) return;
      const series = new Series(history, kind);
      plot = draw(node, series, title);
      stop = now.subscribe((seen) => {
        if (seen !== undefined && series.add(seen.at, seen.hosts)) plot!.setData(series.data());
      });
    });
    const resized = new ResizeObserver(() => plot?.setSize({ width: node.clientWidth, height: HEIGHT }));
    resized.observe(node);
    return () => {
      over = true;
      stop();
      resized.disconnect();
      plot?.destroy();
    };
  }, [id, kind]);
  return (
    <div
      class="chart"
      ref={place}
      role="img"
      aria-label={`${title}, a line for each host; the table has the last values`}
    />
  );
};

/** Columns of one chart, which grow by each event. */
class Series {
  readonly hosts: readonly string[];
  readonly #times: number[];
  readonly #values: (number | null)[][];
  readonly #kind: Kind;

  constructor({ times, hosts }: History, kind: Kind) {
    this.#kind = kind;
    this.hosts = hosts.map(({ host }) => host);
    this.#times = times.map((at) => at / 1000);
    this.#values = hosts.map((host) => [...host[kind]]);
  }

  /** False: it is too soon for a further point. */
  add(at: number, seen: readonly HostNow[]): boolean {
    const last = this.#times.at(-1) ?? 0;
    if (at / 1000 - last < STEP_MS / 1000 - 0.2) return false;
    const byHost = new Map(seen.map((host) => [host.host, host]));
    this.#times.push(at / 1000);
    this.hosts.forEach((host, i) => {
      this.#values[i]!.push(byHost.get(host)?.[this.#kind] ?? null);
    });
    if (this.#times.length > POINTS) for (const column of [this.#times, ...this.#values]) column.shift();
    return true;
  }

  data(): uPlot.AlignedData {
    return [this.#times, ...this.#values] as uPlot.AlignedData;
  }
}

/** More hosts are told apart by pointing at them. */
const MAX_LEGEND = 12;

function draw(node: HTMLElement, series: Series, title: string): uPlot {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue('--ink');
  const axis = { stroke: ink, grid: { stroke: style.getPropertyValue('--line'), width: 1 } };
  const colour = (i: number) => style.getPropertyValue(`--host-${i % 10}`);
  return new uPlot(
    {
      title,
      width: Math.max(200, node.clientWidth),
      height: HEIGHT,
      // Not as America writes the time, which is what the library does by itself.
      axes: [
        { ...axis, space: 90, values: (_, times) => times.map((at) => clockText(at * 1000)) },
        { ...axis, size: 60 },
      ],
      legend: { show: series.hosts.length <= MAX_LEGEND, live: false },
      scales: { y: { range: (_, __, max) => [0, Math.max(max ?? 0, 0.001) * 1.1] } },
      series: [
        {},
        ...series.hosts.map((label, i) => ({
          label,
          stroke: colour(i),
          width: 1.5,
          points: { show: false },
        })),
      ],
    },
    series.data(),
    node,
  );
}
