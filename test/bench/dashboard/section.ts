/**
 * The section `dashboard`: CPU of `loadstar run --dashboard` by what an open page shows, from the moment at
 * which it is opened, with 500 pools of three hosts and 100 requests per second. The page is a reader of its
 * events: what a browser draws costs another process.
 */
import { get } from 'node:http';
import { type Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';
import { connections, http1 } from '../../../demo/fakes/http1.ts';
import * as build from '../../../demo/fakes/manifests.ts';
import { freePort } from '../../../demo/fakes/ports.ts';
import { sleep } from '../../support/eventually.ts';
import { LiveRun } from '../../support/live-run.ts';
import { service } from '../../support/manifests.ts';
import { fixed, table } from '../report/table.ts';
import { cpuTime } from '../support/cpu.ts';

export interface PageCost {
  readonly shows: string;
  /** Percent of a core in the first 15 s, counted from the opening. */
  readonly first?: number;
  /** Percent of a core after these. */
  readonly later: number;
  /** Events that the page got, kB a second. */
  readonly kilobytes: number;
}

const FIRST_SECONDS = 15;
/** A page that is closed is waited for, in case it is only loaded again. */
const GRACE_MS = 5_000;
const EVERY_MS = 10;

export async function benchDashboard(quick: boolean, log: (line: string) => void): Promise<PageCost[]> {
  const [pools, later] = quick ? [50, 5] : [500, 45];
  const hosts = await startBackends([1, 2, 3].map((last) => `127.0.2.${last}`));
  for (const host of hosts) host.reply = () => ({ headers: [['endpoint-load-metrics', 'TEXT cpu=0.5']] });
  const port = await freePort();
  const run = await LiveRun.start(manifests(pools, port, hosts), ['--dashboard', '127.0.0.1:0']);
  const agent = connections(8);
  let sent = 0;
  const timer = setInterval(() => {
    http1({ port, path: `/r${sent++ % pools}`, headers: [], agent }).catch(() => {});
  }, EVERY_MS);
  const url = /^dashboard (\S+)$/m.exec(run.out)?.[1] ?? '';
  const results: PageCost[] = [];
  const measure = async (shows: string, query: string | undefined) => {
    log(`${pools} pools, ${shows}`);
    const page = query === undefined ? undefined : openPage(`${url}api/events?${query}`);
    const first = page && (await percentOf(run.child.pid!, FIRST_SECONDS));
    const before = page?.bytes() ?? 0;
    const cost = await percentOf(run.child.pid!, later);
    const kilobytes = ((page?.bytes() ?? 0) - before) / later / 1000;
    results.push({ shows, first, later: cost, kilobytes });
    page?.close();
    await sleep(GRACE_MS);
  };
  try {
    await measure('no page', undefined);
    await measure('Now', 'pool=');
    const pool = await firstPool(url);
    await sleep(GRACE_MS);
    await measure('Now, a pool whole', `pool=${encodeURIComponent(pool)}`);
    await measure('Load reports', 'pool=&view=reports');
    await measure('Changes', 'pool=&view=changes');
    await measure('no page again', undefined);
    return results;
  } finally {
    clearInterval(timer);
    agent.destroy();
    await run.stop();
    await stopAll(hosts);
  }
}

/** Half of them by a key, half by load reports. */
const manifests = (pools: number, port: number, hosts: readonly Backend[]): build.Manifest[] => [
  build.gatewayClass,
  build.gateway('eg', [build.listener('http', port)]),
  ...service('backend', hosts),
  ...Array.from({ length: pools }, (_, i) => [
    build.httpRoute(`r${i}`, [build.rule(`/r${i}`)]),
    build.policy(
      `r${i}`,
      [build.target('HTTPRoute', `r${i}`)],
      i % 2 === 0
        ? build.lb('ConsistentHash', { consistentHash: { type: 'SourceIP' } })
        : build.lb('BackendUtilization', { backendUtilization: {} }),
    ),
  ]).flat(),
];

async function percentOf(pid: number, seconds: number): Promise<number> {
  const [began, before] = [process.hrtime.bigint(), cpuTime(pid).ns];
  await sleep(seconds * 1000);
  return ((cpuTime(pid).ns - before) / Number(process.hrtime.bigint() - began)) * 100;
}

function openPage(url: string): { bytes(): number; close(): void } {
  let bytes = 0;
  const request = get(url, (response) => {
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    response.on('error', () => {});
  });
  request.on('error', () => {});
  return { bytes: () => bytes, close: () => request.destroy() };
}

/** By what the page is told first. */
const firstPool = (url: string): Promise<string> =>
  new Promise((done, fail) => {
    let text = '';
    const request = get(`${url}api/events?pool=`, (response) => {
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const found = /^event: overview\ndata: (.*)\n\n/m.exec(text)?.[1];
        if (found === undefined) return;
        request.destroy();
        done((JSON.parse(found) as { pools: { id: string }[] }).pools[0]!.id);
      });
    });
    request.on('error', fail);
  });

export function renderDashboard(results: readonly PageCost[]): string {
  return table<PageCost>(
    [
      { title: 'the page shows', of: (r) => r.shows },
      { title: `first ${FIRST_SECONDS} s, % of a core`, of: (r) => fixed(r.first, 2), right: true },
      { title: 'later, % of a core', of: (r) => fixed(r.later, 2), right: true },
      { title: 'events, kB/s', of: (r) => fixed(r.kilobytes, 1), right: true },
    ],
    results,
  );
}
