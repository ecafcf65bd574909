/**
 * Which SecurityPolicy holds for a rule of a route on a listener, and what it lets through. What it asks for
 * and cannot be had closes: its requests answer 500, and connections, of which nothing is read, end.
 */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { isConnectionRoute } from '../../model/groups.ts';
import type { Handling, MergeSpecs, SecurityPolicy, SecurityPolicySpec } from '../../model/resources.ts';
import type { RouteContext } from '../attach/attach-routes.ts';
import type { ListenerContext } from '../attach/gateways.ts';
import { about, label } from '../from.ts';
import type { Attachment, Claims } from '../policies/claims.ts';
import { type FindHolding, holdingFinder, refusalOf, scopesAbove } from '../policies/effective-policy.ts';
import type { Closing } from '../policies/protections.ts';
import type { RuleContext } from '../routes/rules.ts';
import type { PolicyInForce } from '../types.ts';
import { droppedProtections } from './dropped.ts';

export interface Security {
  readonly inForce?: PolicyInForce;
  readonly handling?: Handling;
}
export type FindSecurity = (
  route: RouteContext,
  rule: string | undefined,
  listener: ListenerContext,
) => Security;

interface SecurityOfRules {
  readonly of: FindSecurity;
  readonly closing: Closing;
}

/** `handling` of every part that a policy may have; what is not among them is not let through. */
const handlingOf = ({ cors, csrf, authorization, proven }: SecurityPolicySpec): Handling => ({
  cors,
  csrf,
  authorization,
  ...proven,
});

const NONE: Security = {};

export function securityOfRules(
  attachments: readonly Attachment<SecurityPolicy>[],
  claims: Claims<SecurityPolicy>,
  merge: MergeSpecs<SecurityPolicy>,
  diagnostics: Diagnostic[],
): SecurityOfRules {
  if (attachments.length === 0) return { of: () => NONE, closing: (_, __, rules) => rules };
  const find = holdingFinder(claims, merge);
  const lost = new Map(
    attachments
      .filter(({ outcome }) => outcome.kind === 'no-section')
      .map(({ policy, target }) => [target.resource, policy] as const),
  );
  const connections = closedConnections(diagnostics);
  const tellDropped = droppedProtections(attachments, diagnostics);
  const because = (listener: ListenerContext, route: RouteContext, rule: RuleContext): string | undefined => {
    const aimless = [route.key, ...scopesAbove(listener)].map((scope) => lost.get(scope)).find(Boolean);
    if (aimless !== undefined) return `${label(aimless)} is for a part of it that does not exist`;
    const { refusedBy, policy, spec, inForce } = find(route, rule.name, listener);
    if (policy !== undefined && spec !== undefined) tellDropped(policy, spec, inForce?.overrides ?? []);
    if (refusedBy !== undefined) return `${label(refusedBy)} is invalid: ${refusalOf(refusedBy)}`;
    return policy === undefined ? undefined : connections(route, policy, spec!);
  };
  return {
    of: securityFinder(find),
    closing: (listener, route, rules) =>
      rules.map((rule) => {
        const why = because(listener, route, rule);
        return why === undefined ? rule : { ...rule, respond: { status: 500, because: why } };
      }),
  };
}

const securityFinder =
  (find: FindHolding<SecurityPolicy>): FindSecurity =>
  (route, rule, listener) => {
    const { spec, inForce, refusedBy } = find(route, rule, listener);
    return {
      inForce,
      handling: spec === undefined || refusedBy !== undefined ? undefined : handlingOf(spec),
    };
  };

/** Of a connection the address is known, and nothing else. */
const byAddress = ({ authorization }: SecurityPolicySpec): boolean =>
  (authorization?.rules ?? []).every(
    ({ methods, path, headers }) => methods.length + headers.length === 0 && path === undefined,
  );

/** Why connections of a route are closed: but for CORS, which has no meaning for them, and addresses. */
function closedConnections(diagnostics: Diagnostic[]) {
  const told = new Set<SecurityPolicy>();
  return ({ route }: RouteContext, policy: SecurityPolicy, spec: SecurityPolicySpec): string | undefined => {
    if (!isConnectionRoute(route.kind)) return undefined;
    const { cors: _, authorization: __, ...parts } = handlingOf(spec);
    // Datagrams come through no filter chain, by which addresses are told apart.
    const known = route.kind !== 'UDPRoute' && byAddress(spec);
    if (
      (known || spec.authorization === undefined) &&
      Object.values(parts).every((part) => part === undefined)
    )
      return undefined;
    const message = `${label(policy)} asks for more than an address: ${label(route)} passes connections on, and would be open to all.`;
    if (!told.has(policy))
      diagnostics.push(
        about(policy, ['kind'], 'error', 'protection-not-translated', message, {
          value: policy.kind,
          rule: 'What restricts or protects must not be left out.',
          hint: 'Use authorization by clientCIDRs alone, or target HTTPRoutes and GRPCRoutes, or their listeners.',
          notes: [{ message: 'This would be open', at: route.at('metadata', 'name') }],
        }),
      );
    told.add(policy);
    return `${label(policy)} asks for more than an address, which is all that a connection has`;
  };
}
