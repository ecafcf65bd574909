/** The status of GatewayClasses and Gateways, with what only a cluster knows: where clients reach them. */
import { equal } from '../../basics/equal.ts';
import {
  type Condition,
  Conditions,
  type ListenerStatus,
  type ResourceStatus,
} from '../../plan/status/conditions.ts';
import { asList, asObject, asText } from '../../schema/words/findings.ts';
import type { Stored } from '../objects.ts';
import { conditionsOf, type Judged } from './entries.ts';
import { features } from './features.ts';

type Fields = Readonly<Record<string, unknown>>;
type GatewayJudged = Extract<ResourceStatus, { kind: 'Gateway' }>;

/** A Service with this label leads to the Envoys of the Gateway that it names (GEP-1762). */
const LABEL = 'gateway.networking.k8s.io/gateway-name';
/** Those of a Gateway that we set; others set others. */
const OUR_TYPES: readonly unknown[] = ['Accepted', 'Programmed', 'InsecureFrontendValidationMode'];

export const classStatus = (status: Fields, judged: Judged): Fields => ({
  conditions: conditionsOf(
    [
      {
        type: 'Accepted',
        status: 'True',
        reason: 'Accepted',
        message: 'Loadstar serves Gateways of this class.',
      },
    ],
    status.conditions,
    judged,
  ),
  supportedFeatures: features.map((name) => ({ name })),
});

/** Where a load balancer, a node or the cluster's network leads to the Gateway. */
export function addressesOf(gateway: Stored, services: readonly Stored[]): readonly Fields[] {
  const own = services.filter(
    ({ namespace, value }) =>
      namespace === gateway.namespace && asObject(asObject(value.metadata)?.labels)?.[LABEL] === gateway.name,
  );
  const found = own.flatMap(({ value, status }): Fields[] => {
    const spec = asObject(value.spec) ?? {};
    const ingress = asList(asObject(status.loadBalancer)?.ingress).flatMap((one) => {
      const { ip, hostname } = asObject(one) ?? {};
      return [
        ...(typeof ip === 'string' && ip !== '' ? [address(ip)] : []),
        ...(typeof hostname === 'string' && hostname !== '' ? [{ type: 'Hostname', value: hostname }] : []),
      ];
    });
    if (ingress.length > 0) return ingress;
    // It is asked for, and not there yet.
    if (spec.type === 'LoadBalancer') return [];
    const ips = [...asList(spec.externalIPs), ...asList(spec.clusterIPs ?? [spec.clusterIP])];
    return ips.flatMap((ip) => (typeof ip === 'string' && ip !== '' && ip !== 'None' ? [address(ip)] : []));
  });
  return found.filter((one, i) => found.findIndex((other) => equal(one, other)) === i).slice(0, 16);
}
const address = (value: string): Fields => ({ type: 'IPAddress', value });

export function gatewayStatus(
  gateway: Stored,
  judgement: Pick<GatewayJudged, 'conditions' | 'listeners' | 'attachedListenerSets'>,
  services: readonly Stored[],
  judged: Judged,
): Fields {
  const { status } = gateway;
  const addresses = addressesOf(gateway, services);
  // Whoever else gives addresses has the field.
  const known = addresses.length > 0 ? addresses : asList(status.addresses);
  const { attachedListenerSets: sets = 0 } = judgement;
  const has = new Set(known.map((one) => asObject(one)?.value));
  const lacking = wantedOf(gateway).filter((value) => !has.has(value));
  return {
    conditions: conditionsOf(
      withProgrammed(judgement.conditions, known.length > 0, lacking),
      status.conditions,
      judged,
    ),
    ...(addresses.length > 0 ? { addresses } : {}),
    // An older definition of the kind has no such field, and would refuse it.
    ...(sets > 0 || status.attachedListenerSets !== undefined ? { attachedListenerSets: sets } : {}),
    listeners: listenersOf(judgement.listeners, status, judged),
  };
}

export const listenerSetStatus = (
  { conditions, listeners }: Extract<ResourceStatus, { kind: 'ListenerSet' }>,
  status: Fields,
  judged: Judged,
): Fields => ({
  conditions: conditionsOf(conditions, status.conditions, judged),
  listeners: listenersOf(listeners, status, judged),
});

function listenersOf(list: readonly ListenerStatus[], status: Fields, judged: Judged): readonly Fields[] {
  const before = new Map(
    asList(status.listeners).map((one) => [asText(asObject(one)?.name), asObject(one)?.conditions]),
  );
  return list.map(({ name, attachedRoutes, supportedKinds, conditions }) => ({
    ...{ name, attachedRoutes, supportedKinds },
    conditions: conditionsOf(conditions, before.get(name), judged),
  }));
}

/** Where its author wants it to be found. An address without a value is any. */
const wantedOf = ({ value }: Stored): readonly string[] =>
  asList(asObject(value.spec)?.addresses).flatMap((one) => asText(asObject(one)?.value) ?? []);

/** @param lacking Addresses that are wanted, and that nobody gives. */
function withProgrammed(
  list: readonly Condition[],
  reached: boolean,
  lacking: readonly string[],
): readonly Condition[] {
  const conditions = new Conditions();
  for (const { type, status, reason, message } of list)
    conditions.set(type, status, reason, message.replace('by Envoy Gateway', 'by Loadstar'));
  if (!conditions.has('Accepted', 'True'))
    conditions.set('Programmed', 'False', 'Invalid', 'The Gateway is not accepted.');
  else if (lacking.length > 0)
    conditions.set(
      'Programmed',
      'False',
      'AddressNotUsable',
      `No Service with the label ${LABEL} has ${lacking.join(', ')}.`,
    );
  else if (!reached)
    conditions.set(
      'Programmed',
      'False',
      'AddressNotAssigned',
      `No address: no Service with the label ${LABEL} leads to its Envoys.`,
    );
  else conditions.set('Programmed', 'True', 'Programmed', 'Addresses are assigned to the Gateway.');
  return conditions.list();
}

/** What of a status is ours to compare. */
export const ownPart = (status: Fields, wanted: Fields): Fields =>
  Object.fromEntries(
    Object.keys(wanted).map((field) => [
      field,
      field === 'conditions'
        ? asList(status.conditions).filter((one) => OUR_TYPES.includes(asObject(one)?.type))
        : status[field],
    ]),
  );
