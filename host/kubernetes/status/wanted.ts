/** What each object's status should be, from what was judged of each Gateway by itself. */
import { resourceTitle } from '../../diagnostics/diagnostic.ts';
import type { ResourceStatus } from '../../plan/status/conditions.ts';
import { keyOf, type Stored } from '../objects.ts';
import { type Entry, isOursIn, type Judged, sharedList } from './entries.ts';
import { classStatus, gatewayStatus, listenerSetStatus } from './gateways.ts';
import { refusal, refusedEntries } from './refused.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Of one Gateway, as if it were the only one: Envoys that are for one serve that alone. */
export interface Judgement {
  /** `namespace/name` */
  readonly gateway: string;
  readonly status: readonly ResourceStatus[];
  /** `HTTPRoute default/shop`, and why it is refused. */
  readonly refused: ReadonlyMap<string, string>;
}
export interface Statuses {
  readonly controller: string;
  /** Names of our GatewayClasses. */
  readonly classes: readonly string[];
  readonly judgements: readonly Judgement[];
  /** RFC 3339, in whole seconds. */
  readonly now: string;
}

/** Those objects that get one. @param objects All that is followed. */
export function wantedStatus(
  objects: readonly Stored[],
  { controller, classes, judgements, now }: Statuses,
): ReadonlyMap<Stored, Fields> {
  const wanted = new Map<Stored, Fields>();
  const services = objects.filter(({ kind }) => kind === 'Service');
  const gateways = new Set(judgements.map(({ gateway }) => gateway));
  const refused = new Map(judgements.flatMap((one) => [...one.refused]));
  const sets = new Map(
    judgements.flatMap((judgement) =>
      judgement.status.flatMap((one) =>
        one.kind === 'ListenerSet' ? [[resourceTitle(one), one] as const] : [],
      ),
    ),
  );
  const entries = entriesOf(judgements, controller);
  for (const one of objects) {
    const { kind, status } = one;
    const title = resourceTitle(one);
    const judged: Judged = { generation: one.generation, now };
    if (kind === 'GatewayClass') {
      if (classes.includes(one.name)) wanted.set(one, classStatus(status, judged));
    } else if (kind === 'Gateway') {
      if (!gateways.has(keyOf(one))) continue;
      const found = statusOf(judgements, one) ?? {
        conditions: [refusal(refused.get(title))],
        listeners: [],
      };
      wanted.set(one, gatewayStatus(one, found, services, judged));
    } else if (kind === 'ListenerSet') {
      const found = sets.get(title);
      if (found !== undefined) wanted.set(one, listenerSetStatus(found, status, judged));
    } else {
      const field = kind.endsWith('Route') ? 'parents' : 'ancestors';
      const ours = refused.has(title)
        ? refusedEntries(one, gateways, objects, refused.get(title))
        : (entries.get(title) ?? []);
      if (ours.length > 0 || isOursIn(field, status, controller))
        wanted.set(one, sharedList(field, ours, status, controller, judged));
    }
  }
  return wanted;
}

function statusOf(judgements: readonly Judgement[], gateway: Stored) {
  const key = keyOf(gateway);
  const own = judgements.find((one) => one.gateway === key)?.status ?? [];
  return own.find(
    (one): one is Extract<ResourceStatus, { kind: 'Gateway' }> =>
      one.kind === 'Gateway' && keyOf(one) === key,
  );
}

/** By title, those of all Gateways together. */
function entriesOf(
  judgements: readonly Judgement[],
  controller: string,
): ReadonlyMap<string, readonly Entry[]> {
  const found = new Map<string, Entry[]>();
  for (const one of judgements.flatMap(({ status }) => status)) {
    if (one.kind === 'Gateway' || one.kind === 'ListenerSet') continue;
    const list = 'parents' in one ? one.parents : one.ancestors;
    const own = list.filter(({ controllerName }) => controllerName === controller);
    const entries = own.map((entry) => ({
      ref: withoutAbsent('parentRef' in entry ? entry.parentRef : entry.ancestorRef),
      conditions: entry.conditions,
    }));
    const title = resourceTitle(one);
    found.set(title, [...(found.get(title) ?? []), ...entries]);
  }
  return found;
}

const withoutAbsent = (ref: object): Fields =>
  Object.fromEntries(Object.entries(ref).filter(([, value]) => value !== undefined));
