/** What differs between two plans, by name, for the one line that is printed per change. */
import { equal } from '../basics/equal.ts';
import type { ConnectionRoute, From, Plan, Pool, PoolEndpoint, Route } from '../plan/types.ts';
import { secretChanges } from './secret-changes.ts';
import { type NamedPlan, poolTitle } from './stable-names.ts';

/** A line that a person reads; more is counted. */
const MAX_PARTS = 12;

/** Parts of a sentence, hosts first; empty when nothing differs that requests could notice. */
export function changesBetween(before: NamedPlan, after: NamedPlan): string[] {
  return [
    ...listenerChanges(before.plan, after.plan),
    ...clientChanges(before.plan, after.plan),
    ...secretChanges(before.plan, after.plan),
    ...poolChanges(before, after),
    ...routeChanges(before.plan, after.plan),
    ...connectionChanges(before.plan, after.plan),
  ];
}

export function changeText(parts: readonly string[]): string {
  if (parts.length === 0) return 'the configuration';
  const more = parts.length - MAX_PARTS;
  return [...parts.slice(0, MAX_PARTS), ...(more > 0 ? [`${more} more`] : [])].join('; ');
}

function listenerChanges(before: Plan, after: Plan): string[] {
  const at = (plan: Plan) => new Map(plan.listeners.map((l) => [l.name, `${l.address}:${l.port}`]));
  const [old, now] = [at(before), at(after)];
  return [
    ...[...now]
      .filter(([name]) => !old.has(name))
      .map(([name, where]) => `listener ${name} added at ${where}`),
    ...[...old].filter(([name]) => !now.has(name)).map(([name]) => `listener ${name} removed`),
    ...[...now]
      .filter(([name, where]) => old.has(name) && old.get(name) !== where)
      .map(([name, where]) => `listener ${name} moved to ${where}`),
  ];
}

/** How a listener treats its clients, and what they have to prove. */
function clientChanges(before: Plan, after: Plan): string[] {
  const contentOf = ({ clients, socket, tls }: Plan['listeners'][number]): string =>
    JSON.stringify([clients?.settings, clients?.http10Host, socket, tls?.proof]);
  const old = new Map(before.listeners.map((one) => [one.name, contentOf(one)]));
  return after.listeners
    .filter((one) => old.has(one.name) && old.get(one.name) !== contentOf(one))
    .map(({ name, clients }) => {
      const by = clients && `${clients.policy.kind} ${clients.policy.namespace}/${clients.policy.name}`;
      return `listener ${name} treats clients otherwise (${by ?? 'no ClientTrafficPolicy'})`;
    });
}

function poolChanges(before: NamedPlan, after: NamedPlan): string[] {
  const old = new Map(before.plan.pools.map((pool) => [pool.name, pool]));
  const now = new Map(after.plan.pools.map((pool) => [pool.name, pool]));
  const label = ({ name }: Pool) =>
    `pool ${poolTitle(after.labels.get(name) ?? before.labels.get(name) ?? name)}`;
  const parts: string[] = [];
  const removed = new Map(
    before.plan.pools.filter(({ name }) => !now.has(name)).map((pool) => [label(pool), pool]),
  );
  for (const pool of after.plan.pools) {
    const had = old.get(pool.name);
    if (had === undefined) {
      const count = hostsOf(pool).size;
      // A rule that leads or matches otherwise has the same number, and another pool.
      const elder = removed.get(label(pool));
      removed.delete(label(pool));
      parts.push(
        `${label(pool)} ${elder === undefined ? 'added' : 'replaced by one'} with ${count} host${count === 1 ? '' : 's'}${elder === undefined ? '' : tlsChange(elder, pool)}`,
      );
      continue;
    }
    const hosts = hostChanges(had, pool);
    const settings = settingChanges(had, pool);
    if (hosts.length > 0) parts.push(`${label(pool)}: ${hosts.join(', ')}`);
    if (settings.length > 0) {
      parts.push(
        `${label(pool)}: ${settings.join(', ')} changed${pool.policy === undefined ? '' : ` by ${nameOf(pool.policy)}`}`,
      );
    }
  }
  for (const name of removed.keys()) parts.push(`${name} removed`);
  return parts;
}

interface Host {
  readonly weight: number;
  readonly draining: boolean;
}
function hostsOf({ localities }: Pool): Map<string, Host> {
  const hosts = new Map<string, Host>();
  for (const { weight, endpoints } of localities) {
    for (const endpoint of endpoints) {
      const share = (weight ?? 1) * endpoint.weight;
      hosts.set(hostText(endpoint), { weight: share, draining: endpoint.draining });
    }
  }
  return hosts;
}
const hostText = ({ address, port }: PoolEndpoint): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

function hostChanges(before: Pool, after: Pool): string[] {
  if (equal(before.localities, after.localities)) return [];
  const [old, now] = [hostsOf(before), hostsOf(after)];
  return [
    ...[...now.keys()].filter((host) => !old.has(host)).map((host) => `+${host}`),
    ...[...old.keys()].filter((host) => !now.has(host)).map((host) => `-${host}`),
    ...[...now].flatMap(([host, { weight, draining }]) => {
      const had = old.get(host);
      if (had === undefined) return [];
      return [
        ...(had.draining === draining ? [] : [`${host} ${draining ? 'drains' : 'no longer drains'}`]),
        ...(had.weight === weight ? [] : [`${host} weight ${had.weight} to ${weight}`]),
      ];
    }),
  ];
}

/**
 * How the hosts of a pool are called is part of its name: a pool that takes its place may call them
 * otherwise.
 */
function tlsChange(before: Pool, after: Pool): string {
  const isPlain = ({ localities }: Pool) => localities.some(({ tls }) => tls === undefined);
  if (!isPlain(before) && isPlain(after)) return ', TLS removed: called in plain text';
  return equal(tlsByBackend(before), tlsByBackend(after)) ? '' : ', TLS changed';
}
const tlsByBackend = ({ localities }: Pool): object =>
  Object.fromEntries(localities.map(({ backend = '', tls }) => [backend, tls]));

function settingChanges(before: Pool, after: Pool): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof Pool)[]);
  return [...names].filter((name) => !NO_SETTINGS.has(name) && !equal(before[name], after[name]));
}
const NO_SETTINGS: ReadonlySet<keyof Pool> = new Set<keyof Pool>(['name', 'localities', 'from', 'policy']);

/** Of routes that lead connections; where pools are named is told of the pools. */
function connectionChanges(before: Plan, after: Plan): string[] {
  const [old, now] = [connectionsOf(before), connectionsOf(after)];
  return [
    ...[...now].flatMap(([key, route]) => {
      const had = old.get(key);
      if (had === undefined) return [`${route.name} added`];
      const [was, is] = [policyOf(had), policyOf(route)];
      return [
        ...(same(had, route) ? [] : [`${route.name} changed`]),
        ...(was === is ? [] : [`${route.name}: ${is === '' ? `${was} no longer holds` : `${is} holds`}`]),
      ];
    }),
    ...[...old].filter(([key]) => !now.has(key)).map(([, { name }]) => `${name} removed`),
  ];
}
const connectionsOf = ({ listeners }: Plan): Map<string, ConnectionRoute> =>
  new Map(
    listeners.flatMap(({ name, connections }) =>
      (connections?.routes ?? []).map((route) => [`${name} ${route.name}`, route] as const),
    ),
  );

/** By the resource they are of: a route of the API becomes many of Envoy's. */
function routeChanges(before: Plan, after: Plan): string[] {
  const [old, now] = [routesOf(before), routesOf(after)];
  const changes = new Map<string, Set<string>>();
  const note = (route: Route, what: string) => {
    const key = nameOf(route.from);
    const known = changes.get(key);
    if (known === undefined) changes.set(key, new Set([what]));
    else known.add(what);
  };
  for (const [name, route] of now) {
    const had = old.get(name);
    if (had === undefined) note(route, 'routes added');
    else {
      if (!same(had, route)) note(route, 'routes changed');
      const [was, is] = [policyOf(had), policyOf(route)];
      if (was !== is) note(route, is === '' ? `${was} no longer holds` : `${is} holds`);
    }
  }
  for (const [name, route] of old) if (!now.has(name)) note(route, 'routes removed');
  return [...changes].map(([resource, what]) => `${resource}: ${[...what].join(', ')}`);
}

function routesOf(plan: Plan): Map<string, Route> {
  const routes = new Map<string, Route>();
  for (const { virtualHosts } of plan.listeners)
    for (const host of virtualHosts)
      for (const route of host.routes) routes.set(`${host.name} ${route.name}`, route);
  return routes;
}
/** Where in a file it stands is not what it does. */
const same = <T extends Pick<Route, 'from' | 'policy'>>(
  { from: _, policy: __, ...a }: T,
  { from: ___, policy: ____, ...b }: T,
): boolean => equal(a, b);
const policyOf = ({ policy }: Pick<Route, 'policy'>): string => (policy === undefined ? '' : nameOf(policy));
const nameOf = ({ kind, namespace, name }: From): string => `${kind} ${namespace}/${name}`;
