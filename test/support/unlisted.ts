/**
 * What sticky until hot promises where the filter is told no hosts: another control plane gives Envoy its
 * hosts, and changes them behind the filter's back. Rounds of requests, one of each key; nothing may fail,
 * whatever becomes of the hosts, and clients see no load reports.
 */
import assert from 'node:assert/strict';
import type { Backend } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1, type Request } from '../../demo/fakes/http1.ts';
import { calm } from './calm.ts';
import { inParallel } from './engines.ts';
import type { Envoy } from './envoy.ts';
import { eventually } from './eventually.ts';
import * as orca from './orca.ts';

const KEYS = 300;
const WIDTH = 3;

export interface Unlisted {
  readonly envoy: Envoy;
  /** As Envoy calls it. */
  readonly cluster: string;
  /** Five; the first four serve at first. */
  readonly backends: readonly Backend[];
  /** Envoy is told these hosts from now on. */
  readonly serve: (hosts: readonly Backend[]) => void;
  /** What a client sends for its key; the port if there are several. */
  readonly request?: (key: string) => Partial<Request>;
}

const byUser = (key: string) => ({ headers: [['x-user', key]] as const });

/** The host that answered each key. */
export async function round({ envoy, request = byUser }: Unlisted): Promise<string[]> {
  const agent = connections(WIDTH);
  const keys = Array.from({ length: KEYS }, (_, n) => `u${n}`);
  const hosts = await inParallel(keys, WIDTH, async (key) => {
    const given = request(key);
    const answer = await http1({ ...given, port: given.port ?? envoy.port(), agent });
    assert.equal(answer.status, 200);
    const names = [...Object.keys(answer.headers), ...Object.keys(answer.trailers)];
    assert.ok(
      names.every((name) => !/loadstar|load-metrics|original_dst/.test(name)),
      names.join(' '),
    );
    return backendOf(answer);
  });
  agent.destroy();
  return hosts;
}

export const calmRound = (world: Unlisted): Promise<string[]> => calm(world.envoy.admin, () => round(world));

/** The named host says that it is busy, the others that they are not. */
export function report(
  { backends }: Unlisted,
  busy?: string,
  where: 'headers' | 'trailers' = 'headers',
): void {
  for (const backend of backends)
    backend.reply = () => ({ delayMs: 10, [where]: orca.vllm(backend.name === busy ? 0.95 : 0.1) });
}

export async function shed({ envoy, cluster }: Unlisted, backend: Backend): Promise<number> {
  const stats = await envoy.admin.filterStats();
  return stats[`loadstar_host_shed_permille.cluster.${cluster}.host.${backend.host}`] ?? Number.NaN;
}

/** How many keys have left their home for this reason. */
export const left = async ({ envoy }: Unlisted, reason: string): Promise<number> =>
  (await envoy.admin.filterStats())[`loadstar_sticky_left_${reason}_total`] ?? 0;

/** Rounds of requests until something is so. */
export async function until(world: Unlisted, what: string, is: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await is())) {
    assert.ok(Date.now() < end, `not within 120 s: ${what}`);
    await round(world);
  }
}

const names = (hosts: readonly Backend[]): string[] => hosts.map(({ name }) => name).sort();

/** A host that reports that it is hot gives keys away, no other does, and it gets them back. */
export async function givesAndTakes(
  world: Unlisted,
  where: 'headers' | 'trailers' = 'headers',
): Promise<void> {
  const { backends } = world;
  const [hot] = backends as [Backend];
  const reported = () => left(world, 'reported');
  report(world, undefined, where);
  await round(world);
  const home = await calmRound(world);
  assert.deepEqual([...new Set(home)].sort(), names(backends.slice(0, 4)));
  assert.deepEqual(await calmRound(world), home);
  report(world, hot.name, where);
  const before = await reported();
  await until(world, 'it sheds', async () => (await reported()) - before > 20);
  const away = await calmRound(world);
  const moved = away.filter((host, n) => host !== home[n]).length;
  const own = home.filter((host) => host === hot.name).length;
  assert.ok(
    away.every((host, n) => host === home[n] || home[n] === hot.name),
    'only keys of the hot host move',
  );
  assert.ok(moved > 0 && moved < own, `${moved} of ${own}`);
  report(world, undefined, where);
  await until(world, 'it is well', async () => (await shed(world, hot)) === 0);
  assert.deepEqual(await calmRound(world), home);
}

/** Hosts change: the new one serves, the old one is forgotten, and found again. */
export async function comeAndGo(world: Unlisted): Promise<void> {
  const { backends, serve } = world;
  const [gone, fresh] = backends.slice(3) as [Backend, Backend];
  report(world, gone.name);
  await until(world, 'it sheds', async () => (await shed(world, gone)) > 150);
  serve([...backends.slice(0, 3), fresh]);
  report(world);
  await eventually('Envoy has the new host', async () => {
    const answered = await round(world);
    assert.ok(answered.includes(fresh.name), answered.join(' '));
  });
  await eventually('the old one has no keys', async () =>
    assert.ok(!(await round(world)).includes(gone.name), 'it has some'),
  );
  // Not by and by, as what a host sheds that is there and brings no reports.
  const seen: number[] = [];
  await until(
    world,
    'it is forgotten',
    async () => seen.push(await shed(world, gone)) > 0 && seen.at(-1) === 0,
  );
  assert.ok(
    seen.every((one) => one === 0 || one > 75),
    seen.join(', '),
  );
  serve(backends.slice(0, 4));
  await eventually('it is back', async () =>
    assert.ok((await round(world)).includes(gone.name), 'it answers'),
  );
  await until(world, 'all have settled', async () =>
    (await Promise.all(backends.map((one) => shed(world, one)))).every((one) => one === 0),
  );
  const home = await calmRound(world);
  assert.deepEqual(await calmRound(world), home);
  assert.deepEqual([...new Set(home)].sort(), names(backends.slice(0, 4)));
}
