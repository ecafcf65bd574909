/**
 * explain beside a real Envoy: for each world both engines are started from the same manifests, and what
 * answers each request must be what explain says from the manifests alone, first with all hosts up and then
 * with some failing their health check.
 */
import assert from 'node:assert/strict';
import type { Backend } from '../../../demo/fakes/backend.ts';
import { connections, http1 } from '../../../demo/fakes/http1.ts';
import { explain } from '../../../host/explain/explain.ts';
import type { Explanation, PoolExplanation } from '../../../host/explain/explanation.ts';
import type { Filters } from '../../../host/filter/driver.ts';
import { planFilter } from '../../../host/filter/plan.ts';
import { type Translation, translate as translateHere } from '../../../host/translate.ts';
import { Random } from '../../fuzz/random.ts';
import { inParallel } from '../../support/engines.ts';
import { Envoy } from '../../support/envoy.ts';
import { eventually, sleep } from '../../support/eventually.ts';
import { render } from '../../support/manifests.ts';
import { type Engine, translate, wasmPath } from '../../support/translate.ts';
import { requestFor, type Sent } from './requests.ts';
import { worldOf } from './worlds.ts';

export interface Counts {
  requests: number;
  /** Answered by Envoy itself, as told. */
  answers: number;
  /** By a host that was named. */
  named: number;
  /** Of those: with a host of the pool down. */
  namedWhileDown: number;
  /** Without a key, or by a policy without one: one of the hosts that were told. */
  among: number;
  /** The key was told as not known. */
  unknown: number;
}
export const noCounts = (): Counts => ({
  ...{ requests: 0, answers: 0, named: 0, namedWhileDown: 0, among: 0, unknown: 0 },
});

export interface Difference {
  readonly world: string;
  readonly engine: Engine;
  readonly down: readonly string[];
  readonly sent: Sent;
  readonly told: string;
  readonly got: string;
}

/** What explain says, so that it can be held against an answer. */
interface Told {
  readonly status?: number;
  readonly rule?: string;
  readonly hosts: readonly string[];
  readonly kind: 'answers' | 'named' | 'among' | 'unknown';
  /** The share is drawn, and that of a backend without endpoints may be among them. */
  readonly missing?: true;
}

/** One world, both engines, `count` requests each with all hosts up, and again with some down. */
export async function compareWorld(
  seed: number,
  index: number,
  count: number,
  backends: readonly Backend[],
  filters: Filters,
  counts: Counts,
): Promise<Difference[]> {
  const random = new Random(seed, index);
  const world = worldOf(random, backends);
  const text = render(world.manifests);
  const admin = { address: '127.0.0.1', port: 0 };
  const here = translateHere([{ file: 'world.yaml', text }], {
    engine: 'filter',
    wasm: wasmPath(),
    admin,
    strict: false,
  });
  const errors = here.diagnostics.filter(({ severity }) => severity === 'error');
  assert.deepEqual(errors, [], `world ${seed}/${index}`);
  const requests = Array.from({ length: count }, () => requestFor(random, world, backends));
  const first = random.below(backends.length);
  const down = backends.filter((_, i) => i === first || random.below(4) === 0);
  const differences: Difference[] = [];
  for (const engine of ['filter', 'native'] as const) {
    const envoy = await Envoy.start(await translate(text, engine));
    const agent = connections(4);
    const ask = (sent: Sent) => answer(envoy.port(), sent, agent);
    const pass = async (gone: readonly string[]): Promise<Difference[]> => {
      const told = requests.map((sent) => toldOf(here, filters, engine, sent, gone));
      const got = await inParallel(requests, 4, ask);
      return requests.flatMap((sent, i) => {
        const why = differs(told[i]!, got[i]!, gone.length > 0);
        if (why)
          return [
            {
              world: `${seed}/${index}`,
              engine,
              down: gone,
              sent,
              told: JSON.stringify(told[i]),
              got: JSON.stringify(got[i]),
            },
          ];
        return [];
      });
    };
    const tally = (gone: readonly string[]): void => {
      for (const sent of requests) {
        const { kind } = toldOf(here, filters, engine, sent, gone);
        counts.requests++;
        counts[kind]++;
        if (kind === 'named' && gone.length > 0) counts.namedWhileDown++;
      }
    };
    try {
      differences.push(...(await settledPass(() => pass([]))));
      tally([]);
      const gone = down.map(({ host }) => host);
      for (const backend of down) backend.reply = ({ path }) => (path === '/healthz' ? { status: 503 } : {});
      differences.push(...(await settledPass(() => pass(gone))));
      tally(gone);
    } finally {
      for (const backend of backends) backend.reply = () => ({});
      agent.destroy();
      await envoy.stop();
    }
  }
  return differences;
}

/** Between two checks of a host, and until Envoy's workers know of the result (update_merge_window). */
const TOLD_MS = 1_200;

/**
 * Workers hear of a host's health some time after it changed: passes until nothing differs, then the one that
 * counts. A pool in panic uses all hosts, as before it was checked, so one pass is not enough.
 */
async function settledPass(pass: () => Promise<Difference[]>): Promise<Difference[]> {
  const twice = async () => {
    assert.deepEqual(await pass(), []);
    await sleep(TOLD_MS);
    assert.deepEqual(await pass(), []);
  };
  try {
    await eventually('workers know who is healthy', twice, 10_000);
  } catch {
    // What still differs is found again.
  }
  return pass();
}

interface Got {
  readonly status: number;
  readonly rule?: string;
  readonly host?: string;
}

async function answer(port: number, sent: Sent, agent: ReturnType<typeof connections>): Promise<Got> {
  const { method, host, path, headers, source } = sent;
  const response = await http1({
    ...{ port, method, path, agent, localAddress: source },
    headers: [['Host', host], ...headers],
  });
  return {
    status: response.status,
    rule: response.headers['x-rule']?.[0],
    host: response.headers['x-backend']?.[0],
  };
}

function toldOf(
  { plan }: Translation,
  filters: Filters,
  engine: Engine,
  sent: Sent,
  unhealthy: readonly string[],
): Told {
  const explanation = explain({
    ...{ plan, filter: planFilter(plan, engine), filters, unhealthy },
    targets: new Map(),
    utilization: new Map(),
    request: {
      ...{ method: sent.method, host: sent.host, path: sent.path, sourceIp: sent.source },
      headers: sent.headers.map(([name, value]) => [name.toLowerCase(), value] as const),
    },
  });
  return summary(explanation);
}

function summary({ answer: answered, route, pools }: Explanation): Told {
  const rule = route === undefined ? undefined : ruleOf(route.name);
  if (answered !== undefined) return { status: answered.status, rule, hosts: [], kind: 'answers' };
  const chosen = pools.some(({ chosen: is }) => is !== undefined)
    ? pools.filter(({ chosen: is }) => is)
    : pools;
  const missing = chosen === pools && pools.reduce((sum, { share }) => sum + share, 0) < 0.999;
  const told = chosen.map(hostsOf);
  const kinds = new Set(told.map(({ kind }) => kind));
  const kind = kinds.has('unknown') ? 'unknown' : told.length === 1 && kinds.has('named') ? 'named' : 'among';
  return {
    rule,
    hosts: told.flatMap(({ hosts }) => hosts),
    kind,
    ...(missing ? { missing } : {}),
    status: told.length === 1 ? told[0]!.status : undefined,
  };
}

/** `httproute/default/r3/rule/1/match/…` → `r3.1`. */
const ruleOf = (name: string): string | undefined => {
  const found = /^httproute\/default\/(r\d+)\/rule\/(\d+)\//.exec(name);
  return found === null ? undefined : `${found[1]}.${found[2]}`;
};

function hostsOf({ choice, hosts, standby }: PoolExplanation): Pick<Told, 'hosts' | 'kind' | 'status'> {
  const all = [...hosts.map(({ host }) => host), ...standby];
  if (choice.kind === 'named') return { hosts: [choice.host], kind: 'named' };
  if (choice.kind !== 'key') return { hosts: all, kind: 'among' };
  if (choice.key.some(({ from }) => from === 'unknown')) return { hosts: all, kind: 'unknown' };
  // The client's port is not known beforehand, and with it the cookie.
  if (choice.key.some(({ from }) => from === 'generated')) return { hosts: all, kind: 'among' };
  const host = choice.down === undefined ? choice.pick?.host : choice.down.host;
  if (host !== undefined) return { hosts: [host], kind: 'named' };
  return choice.key.every(({ from }) => from === 'absent')
    ? { hosts: all, kind: 'among' }
    : { hosts: [], kind: 'answers', status: 503 };
}

/**
 * True when the answer is not what was told. Hosts are told by address, backends answer with it as their
 * name. Where no host was named and some are down, a pool in panic may use any, those that are draining as
 * well.
 */
function differs(told: Told, got: Got, down: boolean): boolean {
  if (told.status !== undefined) return got.status !== told.status;
  if (got.host === undefined) return told.missing !== true || got.status !== 503;
  if (told.rule !== got.rule) return true;
  return !told.hosts.includes(got.host) && (told.kind === 'named' || !down);
}
