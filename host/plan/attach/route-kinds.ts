/**
 * Which kinds of routes a listener accepts: `allowedRoutes.kinds` (Gateway API, RouteGroupKind), in Envoy
 * Gateway's words.
 */
import { GATEWAY_GROUP, isServedProtocol, ROUTE_KINDS } from '../../model/groups.ts';
import type { AnyRoute, ListenerSpec } from '../../model/resources.ts';

export type RouteKind = AnyRoute['kind'];

type Wanted = { readonly group?: string; readonly kind: string };
const ofGroup = ({ group }: Wanted): boolean => group === undefined || group === GATEWAY_GROUP;
const isKnown = (wanted: Wanted): boolean =>
  ofGroup(wanted) && (ROUTE_KINDS as readonly string[]).includes(wanted.kind);

/**
 * In the order of the manifest; both kinds if it names none. A listener of another protocol accepts neither.
 */
export function routeKinds({ protocol, allowedRoutes }: ListenerSpec): readonly RouteKind[] {
  if (!isServedProtocol(protocol)) return [];
  const wanted = allowedRoutes?.kinds ?? [];
  return wanted.length === 0 ? ROUTE_KINDS : wanted.filter(isKnown).map((k) => k.kind as RouteKind);
}

/**
 * The kind because of which the listener is not served: the last unknown one, otherwise one of a foreign
 * group.
 */
export function unknownKind(spec: ListenerSpec): { index: number; message: string } | undefined {
  const wanted = spec.allowedRoutes?.kinds ?? [];
  const foreign = wanted.findLastIndex((k) => !ofGroup(k));
  const unknown = wanted.findLastIndex((k) => ofGroup(k) && !isKnown(k));
  if (unknown >= 0) {
    const known = routeKinds(spec);
    const kinds = (known.length === 0 ? ROUTE_KINDS : known).join(' ');
    const message = `${wanted[unknown]!.kind} is not supported, kind must be one of [${kinds}]`;
    return { index: unknown, message };
  }
  return foreign < 0
    ? undefined
    : { index: foreign, message: `Group is not supported, group must be ${GATEWAY_GROUP}` };
}
