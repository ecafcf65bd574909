/**
 * Which ClientTrafficPolicy holds on a listener (that of the listener before that of its ListenerSet, and
 * that before its Gateway's), and what becomes of it: settings of the plan, or requests that answer 500 where
 * it cannot be followed.
 */
import { groupBy, memo } from '../../basics/collections.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ClientSettings, ClientTrafficPolicy } from '../../model/resources.ts';
import type { GatewayContext, ListenerContext } from '../attach/gateways.ts';
import { about, fromOf, label } from '../from.ts';
import type { Claims } from '../policies/claims.ts';
import { holderAbove } from '../policies/effective-policy.ts';
import type { Closing } from '../policies/protections.ts';
import type { ProofReader } from '../tls/client-proof.ts';
import type { ClientProof, ListenerClients, SocketSettings } from '../types.ts';
import { type ClientFault, http10Host, patternFaults, portFault, proofFault } from './faults.ts';
import { proxyProtocolFaults, socketSettings, withoutEffect } from './sockets.ts';

export interface ClientsOfListeners {
  /** Undefined: as without a policy. */
  of(listener: ListenerContext): ListenerClients | undefined;
  socketOf(listener: ListenerContext): SocketSettings | undefined;
  /** What clients have to prove, by the policy or by the Gateway; undefined: nothing. */
  proofOf(listener: ListenerContext): ClientProof | undefined;
  /** Why the policy of a listener cannot be followed there. */
  faultsOf(listener: ListenerContext): readonly ClientFault[];
  /** The target by which a policy holds there. */
  scopeOf(listener: ListenerContext): string | undefined;
}

interface Held {
  readonly policy: ClientTrafficPolicy;
  readonly scope: string;
}

/**
 * @param placeOf Listeners with one place share a socket.
 * @param hostsOf Host names of the routes that a listener serves.
 */
export function clientsOfListeners(
  gateways: readonly GatewayContext[],
  claims: Claims<ClientTrafficPolicy>,
  placeOf: (listener: ListenerContext) => string,
  hostsOf: (listener: ListenerContext) => readonly string[],
  proofs: ProofReader,
  diagnostics: Diagnostic[],
): ClientsOfListeners {
  const serving = gateways.flatMap((g) => g.listeners).filter(({ fault }) => fault === undefined);
  const places = groupBy(serving, placeOf);
  const sharing = (listener: ListenerContext) => places.get(placeOf(listener)) ?? [];
  const held = memo((listener: ListenerContext): Held | undefined => holderAbove(listener, claims));
  const wanted = (listener: ListenerContext): ClientSettings | undefined =>
    held(listener)?.policy.spec.settings;
  const host = memo((listener: ListenerContext) =>
    wanted(listener)?.http1?.http10?.useDefaultHost ? http10Host(listener, hostsOf(listener)) : {},
  );
  const proxyProtocolFault = proxyProtocolFaults(wanted);
  const faultsOf = memo((listener: ListenerContext): readonly ClientFault[] => {
    const found = held(listener);
    if (found === undefined) return [];
    const { policy } = found;
    const shared = sharing(listener);
    return [
      ...policy.invalid.map((status) => ({ status })),
      portFault(listener, shared, found.scope),
      proxyProtocolFault(listener, shared),
      host(listener).fault,
      ...patternFaults(policy),
      proofFault(listener, policy, proofs.ofPolicy(policy), holdsOnTls(policy)),
    ].filter((one) => one !== undefined);
  });
  const holdsOnTls = memo((policy: ClientTrafficPolicy): boolean =>
    serving.some((one) => one.certificates !== undefined && held(one)?.policy === policy),
  );
  const followed = (listener: ListenerContext): ClientSettings | undefined =>
    faultsOf(listener).length === 0 ? wanted(listener) : undefined;
  const ownProof = (listener: ListenerContext): ClientProof | undefined =>
    followed(listener) && proofs.ofPolicy(held(listener)!.policy)?.proof;
  const socket = memo((place: string) => socketSettings(places.get(place) ?? [], followed));
  const socketOf = (listener: ListenerContext) => socket(placeOf(listener));

  tell(serving, held, faultsOf, diagnostics);
  for (const listener of serving) {
    const settings = followed(listener);
    if (settings === undefined) continue;
    const { policy } = held(listener)!;
    if (settings.tls?.validation !== undefined && listener.certificates === undefined)
      diagnostics.push(unasked(policy, listener));
    const own = ownProof(listener);
    if (own !== undefined && strictest(listener, own) !== own) diagnostics.push(weaker(policy, listener));
    warnOfTuning(policy, listener, withoutEffect(settings, socketOf(listener)), diagnostics);
  }
  return {
    of: memo((listener) => {
      const settings = followed(listener);
      if (settings === undefined) return undefined;
      const http10 = host(listener).host;
      const policy = fromOf(held(listener)!.policy);
      return { policy, settings, ...(http10 === undefined ? {} : { http10Host: http10 }) };
    }),
    socketOf,
    proofOf: (listener) => strictest(listener, ownProof(listener)),
    faultsOf,
    scopeOf: (listener) => held(listener)?.scope,
  };
}

/**
 * What clients have to prove: as the policy says, else the Gateway. Whoever may add a ListenerSet to a
 * Gateway does not take away what the Gateway demands on all of its connections.
 */
function strictest({ proof, owner }: ListenerContext, own: ClientProof | undefined): ClientProof | undefined {
  const weaker = proof?.required === true && !(own?.required === true && own.verified);
  return owner.kind === 'ListenerSet' && weaker ? proof : (own ?? proof);
}

/** The listener may only redirect to HTTPS, so it is served. */
const unasked = (policy: ClientTrafficPolicy, { name }: ListenerContext): Diagnostic =>
  about(
    policy,
    ['spec', 'tls', 'clientValidation'],
    'warning',
    'value-without-effect',
    `Clients of ${name} are not asked for a certificate: TLS does not end there.`,
    {
      rule: 'Certificates are shown where TLS ends; other listeners of the Gateway serve anybody, as in Envoy Gateway.',
      hint: 'Let its routes redirect to https, or target the other listeners by sectionName.',
    },
  );

const weaker = (policy: ClientTrafficPolicy, { name }: ListenerContext): Diagnostic =>
  about(
    policy,
    ['spec', 'tls', 'clientValidation'],
    'warning',
    'value-without-effect',
    `clientValidation has no effect on ${name}: its Gateway demands more of clients.`,
    {
      rule: 'A listener of a ListenerSet asks for what spec.tls.frontend of the Gateway demands, or for as much.',
      hint: 'Remove optional and the like here, or ask whoever has the Gateway.',
    },
  );

/** Each fault once for each policy. */
function tell(
  listeners: readonly ListenerContext[],
  held: (listener: ListenerContext) => Held | undefined,
  faultsOf: ClientsOfListeners['faultsOf'],
  diagnostics: Diagnostic[],
): void {
  const seen = new Set<string>();
  for (const listener of listeners)
    for (const { status, told } of faultsOf(listener)) {
      const { policy } = held(listener)!;
      const key = `${label(policy)} ${told?.path.join('.')} ${status}`;
      if (told === undefined || seen.has(key)) continue;
      seen.add(key);
      const { path, code, message, rule, hint } = told;
      const more = 'Until then its requests answer 500.';
      diagnostics.push(about(policy, path, 'error', code, message, { rule: `${rule} ${more}`, hint }));
    }
}

function warnOfTuning(
  policy: ClientTrafficPolicy,
  listener: ListenerContext,
  fields: readonly (readonly string[])[],
  diagnostics: Diagnostic[],
): void {
  for (const field of fields)
    diagnostics.push(
      about(
        policy,
        ['spec', ...field],
        'warning',
        'value-without-effect',
        `${field.join('.')} has no effect on ${listener.name}: another listener of its port says it otherwise.`,
        {
          rule: 'What concerns the socket is one for all listeners of a port: the first that says something holds.',
          hint: 'Set it in a policy for the whole Gateway.',
        },
      ),
    );
}

/** Rules of listeners whose policy cannot be followed. */
export const clientClosing =
  ({ faultsOf }: ClientsOfListeners): Closing =>
  (listener, _, rules) => {
    const [fault] = faultsOf(listener);
    if (fault === undefined) return rules;
    const because = `the ClientTrafficPolicy of ${listener.name} cannot be followed: ${fault.status}`;
    return rules.map((rule) => ({ ...rule, respond: { status: 500, because } }));
  };
