/** How Istio names what it makes of the Gateway API's objects. */
import type { PortOfService, Route } from '../../plan/types.ts';

/** What Istio calls the mesh's domain, if its administrator does not say otherwise. */
const DOMAIN = 'svc.cluster.local';

/** Of a Service, in the whole mesh. */
export const hostOf = ({ service, namespace }: PortOfService): string => `${service}.${namespace}.${DOMAIN}`;

/** Istio has one cluster for a Service's port, whatever routes lead there. */
export const clusterName = (of: PortOfService): string => `outbound|${of.port}||${hostOf(of)}`;

/** Which of its object's rules a route is of, from its name `httproute/NS/NAME/rule/I/match/…`. */
export const ruleIndex = ({ name }: Route): number => Number(name.split('/')[4]);

/** A rule that has a name keeps it; others are counted. The routes of a rule's matches share it. */
export function routeName(route: Route): string {
  const { rule, namespace, name } = route.from;
  return rule ?? `${namespace}.${name}.${ruleIndex(route)}`;
}
