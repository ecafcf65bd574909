/**
 * One Gateway of many, as a cluster would have an Envoy for it alone (`--gateway`): the others go, with their
 * ListenerSets, the routes that lead to nothing else and the policies that target nothing else.
 */
import type { ResourceName } from '../diagnostics/diagnostic.ts';
import { routesOf } from './index.ts';
import type {
  AnyRoute,
  BackendTrafficPolicy,
  ClientTrafficPolicy,
  ListenerSet,
  Model,
  SecurityPolicy,
} from './resources.ts';

interface Chosen {
  readonly model: Model;
  /** What went. */
  readonly dropped: readonly ResourceName[];
  /** `namespace/name` of the Gateways that could have been chosen. */
  readonly known: readonly string[];
}

/** @param wanted `namespace/name`. Where the input has no Gateway, those that routes name are known. */
export function chooseGateway(model: Model, wanted: string): Chosen {
  const routes = routesOf(model);
  const gatewayOf = ({ metadata, spec: { parentRef } }: ListenerSet): string =>
    `${parentRef.namespace ?? metadata.namespace}/${parentRef.name}`;
  const gatewayOfSet = new Map(model.listenerSets.map((set) => [keyOf(set), gatewayOf(set)]));
  /** Gateways, also those that it names by one of their sets. */
  const parentsOf = (route: AnyRoute): string[] =>
    route.spec.parentRefs.flatMap(({ kind, namespace = route.metadata.namespace, name }) => {
      const key = `${namespace}/${name}`;
      if (kind === 'Gateway') return [key];
      return kind === 'ListenerSet' ? (gatewayOfSet.get(key) ?? []) : [];
    });
  const known = [
    ...new Set(model.gateways.length > 0 ? model.gateways.map(keyOf) : routes.flatMap(parentsOf)),
  ].sort();
  const others = new Set(known.filter((key) => key !== wanted));
  const isElsewhere = (route: AnyRoute): boolean => {
    const parents = parentsOf(route);
    return parents.length > 0 && parents.every((key) => others.has(key));
  };
  const dropped = new Set([
    ...[...others].map((key) => `Gateway ${key}`),
    ...model.listenerSets
      .filter((set) => others.has(gatewayOf(set)))
      .map((set) => `ListenerSet ${keyOf(set)}`),
    ...routes.filter(isElsewhere).map((route) => `${route.kind} ${keyOf(route)}`),
  ]);
  const stays = (kind: string, resource: { readonly metadata: Named }): boolean =>
    !dropped.has(`${kind} ${keyOf(resource)}`);
  const isMeant = ({
    metadata,
    spec,
  }: BackendTrafficPolicy | ClientTrafficPolicy | SecurityPolicy): boolean =>
    spec.targetSelectors.length > 0 ||
    spec.targetRefs.length === 0 ||
    spec.targetRefs.some(({ kind, name }) => !dropped.has(`${kind} ${metadata.namespace}/${name}`));
  return {
    known,
    dropped: [...dropped].map((title) => {
      const [kind = '', namespace, name] = title.split(/[ /]/);
      return { kind, namespace, name };
    }),
    model: {
      ...model,
      gateways: model.gateways.filter((one) => stays('Gateway', one)),
      listenerSets: model.listenerSets.filter((one) => stays('ListenerSet', one)),
      httpRoutes: model.httpRoutes.filter((one) => stays('HTTPRoute', one)),
      grpcRoutes: model.grpcRoutes.filter((one) => stays('GRPCRoute', one)),
      tlsRoutes: model.tlsRoutes.filter((one) => stays('TLSRoute', one)),
      tcpRoutes: model.tcpRoutes.filter((one) => stays('TCPRoute', one)),
      udpRoutes: model.udpRoutes.filter((one) => stays('UDPRoute', one)),
      policies: model.policies.filter(isMeant),
      clientPolicies: model.clientPolicies.filter(isMeant),
      securityPolicies: model.securityPolicies.filter(isMeant),
    },
  };
}

interface Named {
  readonly namespace: string;
  readonly name: string;
}
const keyOf = ({ metadata }: { readonly metadata: Named }): string =>
  `${metadata.namespace}/${metadata.name}`;
