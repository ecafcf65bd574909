/**
 * Which kinds of routes a listener accepts: `allowedRoutes.kinds` (Gateway API, RouteGroupKind), in Envoy
 * Gateway's words.
 */
import { GATEWAY_GROUP, type RouteKind, routeKindsOf } from '../../model/groups.ts';
import type { ListenerSpec } from '../../model/resources.ts';

type Wanted = { readonly group?: string; readonly kind: string };
const ofGroup = ({ group }: Wanted): boolean => group === undefined || group === GATEWAY_GROUP;
/** All that its protocol allows, whatever it asks for. */
export const possibleKinds = ({ protocol, tls }: ListenerSpec): readonly RouteKind[] =>
  routeKindsOf(protocol, tls?.mode);

/** In the order of the manifest; all that its protocol allows if it names none. */
export function routeKinds(spec: ListenerSpec): readonly RouteKind[] {
  const possible = possibleKinds(spec);
  const wanted = spec.allowedRoutes?.kinds ?? [];
  if (wanted.length === 0) return possible;
  return wanted.filter(ofGroup).flatMap(({ kind }) => possible.find((one) => one === kind) ?? []);
}

/**
 * The kind because of which the listener is not served: the last unknown one, otherwise one of a foreign
 * group.
 */
export function unknownKind(spec: ListenerSpec): { index: number; message: string } | undefined {
  const wanted = spec.allowedRoutes?.kinds ?? [];
  const foreign = wanted.findLastIndex((k) => !ofGroup(k));
  const possible = possibleKinds(spec);
  const unknown = wanted.findLastIndex((k) => ofGroup(k) && !possible.some((one) => one === k.kind));
  if (unknown >= 0) {
    const known = routeKinds(spec);
    const kinds = (known.length === 0 ? possible : known).join(' ');
    const message = `${wanted[unknown]!.kind} is not supported, kind must be one of [${kinds}]`;
    return { index: unknown, message };
  }
  return foreign < 0
    ? undefined
    : { index: foreign, message: `Group is not supported, group must be ${GATEWAY_GROUP}` };
}
