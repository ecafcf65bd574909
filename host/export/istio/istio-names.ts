/** How Istio names what it makes of the Gateway API's objects. */
import type { Locality, Route } from '../../plan/types.ts';

/** A port of a Service: Istio has one cluster for it, whatever routes lead there. */
export interface ServicePort {
  readonly host: string;
  readonly port: number;
}

/** What Istio calls the mesh's domain, if its administrator does not say otherwise. */
const DOMAIN = 'svc.cluster.local';

/** Undefined for what is no Service: Istio knows no Backend. */
export function servicePort({ backend }: Locality): ServicePort | undefined {
  const [kind, name = ''] = backend?.split(' ') ?? [];
  if (kind !== 'Service') return undefined;
  const [namespace, rest = ''] = name.split('/');
  const [service, port] = rest.split(':');
  return { host: `${service}.${namespace}.${DOMAIN}`, port: Number(port) };
}

export const clusterName = ({ host, port }: ServicePort): string => `outbound|${port}||${host}`;

/** Which of its object's rules a route is of, from its name `httproute/NS/NAME/rule/I/match/…`. */
export const ruleIndex = ({ name }: Route): number => Number(name.split('/')[4]);

/** A rule that has a name keeps it; others are counted. The routes of a rule's matches share it. */
export function routeName(route: Route): string {
  const { rule, namespace, name } = route.from;
  return rule ?? `${namespace}.${name}.${ruleIndex(route)}`;
}
