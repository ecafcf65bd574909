/** What the page knows: the last of each event, and whether Loadstar is still there. */
import { computed, effect, signal } from '@preact/signals';
import type { Events } from '../contract.ts';

export const overview = signal<Events['overview'] | undefined>(undefined);
export const now = signal<Events['now'] | undefined>(undefined);
export const changes = signal<Events['changes']>([]);
export const reports = signal<Events['reports']>({ counters: [] });
/** Undefined before anything was heard. */
export const heard = signal<Events['heard'] | undefined>(undefined);
/** Undefined where one Envoy runs here. */
export const fleet = signal<Events['fleet'] | undefined>(undefined);

const labels = computed(() => new Map(overview.value?.pools.map(({ id, label }) => [id, label])));
/** Of a pool, by the name of its cluster, as a person reads it. */
export const poolLabel = (id: string): string => labels.value.get(id) ?? id;

/** Milliseconds since 1970 of the last sign of life. */
export const lastSeen = signal(0);
/** Ticks each second, so that ages are right. */
export const clock = signal(Date.now());

/** Chosen by the user, and kept in the address: a page that is loaded again shows the same. */
export const view = signal(parameter('view') || 'now');
export const gateway = signal(parameter('gateway'));
/** The pool that is shown whole. */
export const pool = signal(parameter('pool'));

function parameter(name: string): string {
  return new URLSearchParams(location.hash.slice(1)).get(name) ?? '';
}

effect(() => {
  const kept = { view: view.value, gateway: gateway.value, pool: pool.value };
  const text = new URLSearchParams(Object.entries(kept).filter(([, value]) => value !== '')).toString();
  if (location.hash.slice(1) !== text) history.replaceState(null, '', `#${text}`);
});
addEventListener('hashchange', () => {
  view.value = parameter('view') || 'now';
  gateway.value = parameter('gateway');
  pool.value = parameter('pool');
});

const HEARTBEAT_MS = 1_000;
setInterval(() => {
  clock.value = Date.now();
}, HEARTBEAT_MS);

const SIGNALS = { overview, changes, reports, fleet, heard };
/** Hosts are listened to while it is open. */
const hears = computed(() => view.value === 'reports');

/** One stream for what is chosen; another choice is another stream. */
effect(() => {
  const query = new URLSearchParams({ pool: pool.value });
  if (gateway.value !== '') query.set('gateway', gateway.value);
  if (hears.value) query.set('view', 'reports');
  const stream = new EventSource(`/api/events?${query}`);
  for (const [name, target] of Object.entries(SIGNALS)) {
    stream.addEventListener(name, (event: MessageEvent<string>) => {
      (target as { value: unknown }).value = JSON.parse(event.data);
      lastSeen.value = Date.now();
    });
  }
  stream.addEventListener('now', (event: MessageEvent<string>) => {
    now.value = withOthers(JSON.parse(event.data) as Events['now'], now.value);
    lastSeen.value = Date.now();
  });
  stream.addEventListener('here', () => {
    lastSeen.value = Date.now();
  });
  return () => stream.close();
});

/** Pools that are not told again are as they were. */
function withOthers(told: Events['now'], before: Events['now'] | undefined): Events['now'] {
  if (told.whole || before === undefined) return told;
  const pools = new Map([...before.pools, ...told.pools].map((one) => [one.id, one]));
  return { ...told, pools: [...pools.values()] };
}

/** An answer of the server, or its words about why there is none. */
export async function ask<T>(name: string, query: URLSearchParams): Promise<T> {
  if (gateway.value !== '') query.set('gateway', gateway.value);
  const response = await fetch(`/api/${name}?${query}`);
  const answer = (await response.json()) as { readonly value?: T; readonly problem?: string };
  if (answer.problem !== undefined) throw new Error(answer.problem);
  return answer.value as T;
}
