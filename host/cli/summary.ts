/** What `run` prints once Envoy serves: its addresses, and for each route the policy that applies. */

import { schemeOf } from '../explain/connection.ts';
import { BALANCER_NAMES, listenerUrl } from '../explain/listing.ts';
import type { ConnectionRoute, Listener, Plan, Pool, Route } from '../plan/types.ts';
import type { EnvoyChoice } from '../run/binary.ts';
import type { RunningEnvoy } from '../run/process.ts';

/** At most one screen of routes; `check` shows all. */
const ROUTE_LINES = 60;

export async function summarize(plan: Plan, envoy: EnvoyChoice, running: RunningEnvoy): Promise<string> {
  const bound = new Map((await running.admin.listeners()).map((listener) => [listener.name, listener]));
  const pools = new Map(plan.pools.map((pool) => [pool.name, pool]));
  const lines = [
    `Envoy runs: ${envoy.kind === 'binary' ? envoy.path : envoy.image} (found: ${envoy.how}, pid ${running.pid})`,
    `admin     ${running.admin.url}`,
  ];
  const rows = plan.listeners.flatMap((listener) => {
    const at = bound.get(listener.name) ?? listener;
    const urls = [at.address, ...(listener.moreAddresses ?? [])].map((address) =>
      listenerUrl(schemeOf(listener), address, at.port),
    );
    const moved =
      listener.declaredPort === undefined ? '' : `  port ${listener.declaredPort}, bound as ${at.port}`;
    return [
      `listener  ${listener.name}  ${urls.join(' ')}${nameText(listener)}${moved}`,
      ...routeRows(listener, pools),
    ];
  });
  if (plan.listeners.length === 0)
    rows.push(
      'no listener: the manifests have no Gateway with a listener of protocol HTTP, HTTPS, TLS or TCP',
    );
  lines.push(...rows.slice(0, ROUTE_LINES));
  if (rows.length > ROUTE_LINES)
    lines.push(`… and ${rows.length - ROUTE_LINES} more (loadstar check shows all)`);
  return `${lines.join('\n')}\nCtrl-C stops it.\n`;
}

/** Which of several on one port it is. */
const nameText = ({ tls }: Listener): string =>
  tls?.serverName === undefined ? '' : `  for ${tls.serverName}`;

function routeRows(listener: Listener, pools: ReadonlyMap<string, Pool>): string[] {
  const rows = [
    ...listener.virtualHosts.flatMap(({ domains, routes }) =>
      routes.map((route) => ({
        match: `${domains.join(',')} ${matchText(route)}`,
        what: actionText(route, pools),
      })),
    ),
    ...(listener.connections?.routes ?? []).map((route) => ({
      match: `${route.serverNames.join(',') || '*'} ${END[listener.connections!.kind]}`,
      what: connectionText(route, pools),
    })),
  ];
  const width = Math.min(60, Math.max(0, ...rows.map(({ match }) => match.length)));
  return rows.map(({ match, what }) => `  ${match.padEnd(width)}  ${what}`);
}

/** What becomes of TLS. */
const END = {
  tcp: 'bytes',
  udp: 'datagrams',
  'tls-passthrough': 'TLS to the backend',
  'tls-terminate': 'TLS ends here',
};

const connectionText = ({ to, closed, policy }: ConnectionRoute, pools: ReadonlyMap<string, Pool>): string =>
  `${closed === undefined ? targetText(to, pools) : `closed: ${closed}`}${policyText(policy)}`;

/** `/cookie`, `= /exact`, `~ /regex`, with what else must match. */
function matchText({ match }: Route): string {
  const sign = { exact: '= ', regex: '~ ', prefix: '' }[match.path.kind];
  const more = [
    ...match.headers.map(({ kind, name, value }) => `${name}${kind === 'exact' ? '=' : '~'}${value}`),
    ...match.query.map(({ kind, name, value }) => `?${name}${kind === 'exact' ? '=' : '~'}${value}`),
    ...(match.cookies ?? []).map(
      ({ kind, name, value }) => `cookie ${name}${kind === 'exact' ? '=' : '~'}${value}`,
    ),
  ];
  return [`${sign}${match.path.value}`, ...more].join(' ');
}

function actionText({ action, policy }: Route, pools: ReadonlyMap<string, Pool>): string {
  const by = policyText(policy);
  switch (action.kind) {
    case 'respond':
      return `answers ${action.status}: ${action.because}${by}`;
    case 'redirect':
      return `redirects with ${action.status}`;
    case 'forward':
      return `${targetText(action.to, pools)}${by}`;
  }
}

const policyText = (policy: Route['policy']): string =>
  policy === undefined ? '' : `  (${policy.kind} ${policy.namespace}/${policy.name})`;

function targetText(to: ConnectionRoute['to'], pools: ReadonlyMap<string, Pool>): string {
  const found = to.map(({ pool }) => (pool === null ? undefined : pools.get(pool)));
  const hosts = found.reduce((sum, pool) => sum + hostCount(pool), 0);
  return `${[...new Set(found.map(balancerText))].join(' + ')} over ${hosts} host${hosts === 1 ? '' : 's'}`;
}

const hostCount = (pool: Pool | undefined): number =>
  pool?.localities.reduce((sum, { endpoints }) => sum + endpoints.length, 0) ?? 0;

const balancerText = (pool: Pool | undefined): string =>
  pool === undefined ? 'nothing' : BALANCER_NAMES[pool.balancer.kind];
