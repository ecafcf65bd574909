/**
 * The Gateway that is assumed when the manifests have none, as the snippets of a documentation do, which name
 * one that somebody else has made: with a listener for every section and port that routes name.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { AnyRoute, Gateway, ListenerSpec, Model, ParentRef } from '../../model/resources.ts';
import { about, label } from '../from.ts';

/** A reference of a route to the Gateway, and where it stands. */
interface Named {
  readonly route: AnyRoute;
  readonly index: number;
  readonly ref: ParentRef;
}

/** The Gateway that most routes name, else `default/eg`; undefined when there is no route to serve. */
export function assumeGateway(
  model: Model,
  bound: (port: number) => number,
  diagnostics: Diagnostic[],
): Gateway | undefined {
  const routes: readonly AnyRoute[] = [...model.httpRoutes, ...model.grpcRoutes];
  const first = routes[0];
  if (first === undefined) return undefined;
  const votes = new Map<string, { namespace: string; name: string; refs: Named[] }>();
  for (const route of routes) {
    route.spec.parentRefs.forEach((ref, index) => {
      if (ref.kind !== 'Gateway') return;
      const namespace = ref.namespace ?? route.metadata.namespace;
      const vote = votes.get(`${namespace}/${ref.name}`) ?? { namespace, name: ref.name, refs: [] };
      vote.refs.push({ route, index, ref });
      votes.set(`${namespace}/${ref.name}`, vote);
    });
  }
  const chosen = [...votes.values()].sort((a, b) => b.refs.length - a.refs.length)[0];
  const { namespace, name, refs } = chosen ?? { namespace: 'default', name: 'eg', refs: [] };
  const listeners = listenersFor(refs);
  const resource: Gateway = {
    kind: 'Gateway',
    apiVersion: 'gateway.networking.k8s.io/v1',
    metadata: { name, namespace, labels: {}, annotations: {} },
    spec: { gatewayClassName: name, listeners },
    at: first.at,
    order: -1,
  };
  const list = listeners
    .map((listener) => `${listener.name} on ${portText(listener.port, bound)}`)
    .join(', ');
  diagnostics.push({
    code: 'gateway-assumed',
    severity: 'notice',
    message: `No Gateway is in the input: ${label(resource)} with HTTP listener${listeners.length === 1 ? '' : 's'} ${list} is assumed.`,
    hint: 'Add a Gateway to choose its ports and hostnames.',
  });
  warnOfPlainText(listeners, refs, bound, diagnostics);
  return resource;
}

/** `port 80 (bound as 10080)`. */
const portText = (port: number, bound: (port: number) => number): string =>
  bound(port) === port ? `port ${port}` : `port ${port} (bound as ${bound(port)})`;

/** What people call a listener with certificates. */
const isSecure = ({ name, port }: ListenerSpec): boolean => port === 443 || /https|tls|ssl/i.test(name);

/**
 * One for each section, then one for each port that is named without a section and not there yet; at least
 * one.
 */
function listenersFor(refs: readonly Named[]): ListenerSpec[] {
  const ports = new Map<string, number>();
  const free = (wanted: number): number => {
    const taken = new Set(ports.values());
    if (!taken.has(wanted)) return wanted;
    let port = 8080;
    while (taken.has(port)) port++;
    return port;
  };
  for (const { ref } of refs)
    if (ref.sectionName !== undefined && ref.port !== undefined && !ports.has(ref.sectionName))
      ports.set(ref.sectionName, ref.port);
  for (const { sectionName: name } of refs.map(({ ref }) => ref))
    if (name !== undefined && !ports.has(name)) ports.set(name, free(/https|tls|ssl/i.test(name) ? 443 : 80));
  const taken = new Set(ports.values());
  for (const { port, sectionName } of refs.map(({ ref }) => ref)) {
    if (port === undefined || sectionName !== undefined || taken.has(port)) continue;
    taken.add(port);
    const name = port === 80 && !ports.has('http') ? 'http' : `port-${port}`;
    ports.set(name, port);
  }
  if (ports.size === 0) ports.set('http', 80);
  return [...ports].map(([name, port]) => ({
    name,
    port,
    protocol: 'HTTP',
    allowedRoutes: { namespaces: { from: 'All' } },
  }));
}

/** It is not the section that the route means: whoever speaks TLS to it gets no answer. */
function warnOfPlainText(
  listeners: readonly ListenerSpec[],
  refs: readonly Named[],
  bound: (port: number) => number,
  diagnostics: Diagnostic[],
): void {
  for (const listener of listeners.filter(isSecure)) {
    const { name, port } = listener;
    const named = refs.find(({ ref }) => ref.sectionName === name || ref.port === port);
    if (named === undefined) continue;
    const field = named.ref.sectionName === name ? 'sectionName' : 'port';
    diagnostics.push(
      about(
        named.route,
        ['spec', 'parentRefs', named.index, field],
        'warning',
        'tls-not-translated',
        `The listener ${name} is assumed to speak plain HTTP on ${portText(port, bound)}: there is no certificate for it.`,
        {
          value: named.ref[field],
          rule: 'A listener that is assumed speaks plain HTTP.',
          hint: 'Add a Gateway that says what this listener is and names its certificate, or end TLS in front of it.',
        },
      ),
    );
  }
}
