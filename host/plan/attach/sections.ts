/** What a policy may name by `sectionName`: the parts of what it targets. */
import type { RouteContext } from './attach-routes.ts';
import { type GatewayContext, ownerKey, parentsIn } from './gateways.ts';

/** Listeners of Gateways and ListenerSets and named rules of routes, by `Kind/namespace/name`. */
export function sectionsIn(
  gateways: readonly GatewayContext[],
  routes: readonly RouteContext[],
): (resource: string) => readonly string[] | undefined {
  const sections = new Map<string, readonly string[]>();
  for (const { resource, listeners } of parentsIn(gateways))
    sections.set(
      ownerKey(resource),
      listeners.map(({ spec }) => spec.name),
    );
  for (const { key, route } of routes)
    sections.set(
      key,
      route.spec.rules.flatMap(({ name }) => name ?? []),
    );
  return (resource) => sections.get(resource);
}
