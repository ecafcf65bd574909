/**
 * /utilization: every backend reports a utilization of 0.3, then one of them 0.9, in each documented form;
 * what the balancer makes of it with the filter and in an Envoy without, and what the client sees of the
 * reports.
 */
import { percent } from '../host/basics/text.ts';
import type { Reporter } from './backends.ts';
import { send } from './fakes/closed-load.ts';
import type { Response } from './fakes/http1.ts';
import { Http2Client } from './fakes/http2.ts';
import { binary, documentedBinary, json, text } from './forms.ts';
import { type Form, forms, pathOf } from './manifests.ts';
import { bold, dim, type Out, table, verdict } from './print.ts';
import type { Running, World } from './world.ts';

const reporters: Record<Form, Reporter> = {
  json,
  text,
  binary,
  'binary-documented': documentedBinary,
  trailers: text,
};
const calm = 0.3;
const busy = 0.9;
/** Index of the backend that gets busy. */
const hot = 2;
const requests = 400;
/**
 * The documents' policy leaves Envoy's defaults: weights count from 10 s after a host's first report
 * (blackout period), and are taken over each second.
 */
const blackoutMs = 10_000;
const settleMs = 3_500;

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
type Engine = 'native' | 'filter';
const engines: readonly Engine[] = ['native', 'filter'];

interface Warmth {
  /** Resolves when weights count. */
  readonly ready: Promise<void>;
  stop(): void;
}

/** A trickle of requests on all forms' routes from now on, so that the hosts report from the start. */
export function warm(world: World): Warmth {
  for (const backend of [...world.backends, ...world.http2]) {
    for (const form of forms) backend.reports.set(pathOf(form), { form: reporters[form], cpu: calm });
    backend.reports.set('/utilization', { form: json, cpu: calm });
  }
  let going = true;
  const told = world.push?.();
  const trickle = async (running: Running, form: Form): Promise<void> => {
    await told;
    while (going) {
      const path = pathOf(form);
      await send({
        port: running.port,
        ca: running.ca,
        path,
        requests: 8,
        connections: 2,
        headers: [['x-demo-count', 'warm']],
      });
      await pause(120);
    }
  };
  for (const engine of engines) for (const form of forms) void trickle(world[engine], form);
  return {
    ready: pause(blackoutMs + settleMs),
    stop: () => {
      going = false;
    },
  };
}

interface Measured {
  readonly share: number;
  readonly answers: readonly Response[];
  readonly failed: number;
}

/** The share of the backend that is or will be busy. */
async function measure(world: World, engine: Engine, form: Form, phase: string): Promise<Measured> {
  const key = `${phase}-${engine}-${form}`;
  const { answers, statuses } = await send({
    port: world[engine].port,
    ca: world[engine].ca,
    path: pathOf(form),
    requests,
    connections: 20,
    headers: [['x-demo-count', key]],
  });
  await world.pull?.();
  const counts = (form === 'trailers' ? world.http2 : world.backends).map(({ hits }) => hits.get(key) ?? 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return { share: counts[hot]! / Math.max(total, 1), answers, failed: requests - (statuses.get(200) ?? 0) };
}

const isReport = (name: string): boolean => name.toLowerCase().startsWith('endpoint-load-metrics');
const reportsSeen = ({ headers, trailers }: Response): string[] =>
  [...Object.keys(headers), ...Object.keys(trailers)].filter(isReport);

/** Prints the table and the verdicts; how many promises were broken. */
export async function showUtilization(out: Out, world: World, warmth: Warmth): Promise<number> {
  const hotHost = world.backends[hot]!.address;
  out.write(`\n${bold(out, '/utilization')}  BackendUtilization (ORCA)\n`);
  const waiting = setTimeout(
    () => out.write(dim(out, "  … waiting for the end of Envoy's blackout period (10 s)\n")),
    500,
  );
  await warmth.ready;
  clearTimeout(waiting);

  const before = new Map<string, Measured>();
  const after = new Map<string, Measured>();
  for (const form of forms) {
    for (const engine of engines) before.set(engine + form, await measure(world, engine, form, 'before'));
  }
  for (const form of forms) {
    const list = form === 'trailers' ? world.http2 : world.backends;
    list[hot]!.reports.get(pathOf(form))!.cpu = busy;
  }
  await world.push?.();
  await pause(settleMs);
  for (const form of forms) {
    for (const engine of engines) after.set(engine + form, await measure(world, engine, form, 'after'));
  }

  out.write(
    dim(
      out,
      `  hey -n ${requests} -c 20 per cell: share of ${hotHost}, one of four hosts; … = endpoint-load-metrics\n\n`,
    ),
  );
  table(
    out,
    ['report', 'balancer', `all at ${calm}`, `${hotHost} at ${busy}`],
    forms.flatMap((form) =>
      engines.map((engine) => [
        engine === 'native' ? example(form) : '',
        engine === 'native' ? 'Envoy alone' : 'Loadstar',
        percent(before.get(engine + form)!.share),
        percent(after.get(engine + form)!.share),
      ]),
    ),
  );
  out.write('\n');
  return judge(out, world, before, after);
}

/** The text in the table: the field with the low value. */
function example(form: Form): string {
  const [name, value] = Object.entries(reporters[form](calm))[0]!;
  const field = `${name.replace('endpoint-load-metrics', '…')}: ${value}`;
  if (form === 'trailers') return `${field} (HTTP/2 trailer)`;
  return form === 'binary-documented' ? `${field} (as documented: malformed)` : field;
}

async function judge(
  out: Out,
  world: World,
  before: ReadonlyMap<string, Measured>,
  after: ReadonlyMap<string, Measured>,
): Promise<number> {
  let broken = 0;
  const tell = (promise: string, holds: boolean, seen: string): void => {
    verdict(out, { promise, holds, seen });
    if (!holds) broken++;
  };
  const understood = forms.filter((form) => form !== 'binary-documented');
  const shares = understood.map((form) => after.get(`filter${form}`)!.share);
  // A fair share is 25 %; of 400 requests that is 100, and 68 are 3.7 standard deviations below.
  tell(
    `load reports weight the hosts: a host at ${busy} among three at ${calm} gets clearly less than a quarter`,
    shares.every((share) => share < 0.17),
    understood.map((form, i) => `${form} ${percent(shares[i]!)}`).join(', '),
  );
  const stats = await world.filter.envoy.admin.filterStats();
  const refused = stats.get('loadstar_reports_binary_refused_total') ?? 0;
  const even = after.get('filterbinary-documented')!.share;
  tell(
    'without usable metrics it is as round robin; the documented binary example is malformed: refused and counted',
    refused > 0 && even > 0.2 && even < 0.3,
    `${refused} refused, share ${percent(even)}`,
  );
  const answers = [...before, ...after].flatMap(([key, found]) =>
    key.startsWith('filter') ? found.answers : [],
  );
  const seen = new Set(answers.flatMap(reportsSeen));
  const failed = [...before.values(), ...after.values()].reduce((sum, found) => sum + found.failed, 0);
  const client = await Http2Client.connect(world.filter.port, undefined, world.filter.ca);
  const http2 = await client.request({ path: pathOf('trailers'), headers: { te: 'trailers' } });
  await client.stop();
  for (const name of [...Object.keys(http2.headers), ...Object.keys(http2.trailers)])
    if (isReport(name)) seen.add(name);
  tell(
    'no load report reaches the client, in headers or trailers',
    seen.size === 0 && http2.status === 200,
    seen.size === 0
      ? `none in ${answers.length} answers over HTTP/1 and one over HTTP/2`
      : [...seen].join(', '),
  );
  tell('every request is answered', failed === 0, failed === 0 ? 'all with 200' : `${failed} were not`);
  return broken;
}
