/** What a rule and the policy that holds on it say together, and neither says alone. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { AnyRoute } from '../../model/resources.ts';
import { about } from '../from.ts';
import type { ForwardAction } from '../types.ts';
import type { Balancing, Share } from './pools.ts';

/**
 * A fallback Backend whose rule is split into pools of their own would have a share of live traffic, and
 * nothing would fail over to it. One pool would have to stand behind several (envoy.clusters.aggregate),
 * which balances by no key.
 */
export function* fallbackFaults(
  route: AnyRoute,
  rule: number,
  shares: readonly Share[],
): Generator<Diagnostic> {
  const served = shares.filter(({ destination }) => destination.problem === undefined);
  if (served.every(({ destination }) => destination.priority === 1)) return;
  for (const { index, destination } of served) {
    if (destination.priority !== 1) continue;
    yield about(
      route,
      ['spec', 'rules', rule, 'backendRefs', index, 'name'],
      'error',
      'fallback-split',
      'This Backend is a fallback, and the backends of the rule cannot share a pool, so that it would take its share of the requests at all times.',
      {
        value: route.spec.rules[rule]!.backendRefs[index]!.name,
        rule: 'A fallback needs a pool in common with the others: no filters on a backendRef, no DNS name beside addresses, no zone preference, no backend without endpoints.',
        hint: 'Remove what keeps the backends of this rule apart, or the Backend from the rule.',
      },
    );
  }
}

/**
 * Of a split Envoy draws the share of each request, and then looks for the session's host in that share
 * alone.
 */
export function* sessionFaults(
  route: AnyRoute,
  rule: number,
  to: ForwardAction['to'],
): Generator<Diagnostic> {
  if (route.spec.rules[rule]!.session === undefined || to.length < 2) return;
  yield about(
    route,
    ['spec', 'rules', rule, 'sessionPersistence'],
    'warning',
    'session-split',
    'A session ends when a request goes to another backend of this rule: they cannot share a pool.',
    {
      rule: 'Envoy draws the backend of each request by weight before it looks for the host of its session.',
      hint: 'Remove what keeps the backends of this rule apart: filters on a backendRef, DNS names beside addresses, a zone preference, a backend without endpoints.',
    },
  );
}

/** Envoy heeds no request timeout where there is a maximum duration of streams (envoyproxy/envoy#32948). */
export function* timeoutFaults(
  route: AnyRoute,
  rule: number,
  { policy }: Balancing,
  { requestMs, maxStreamMs }: ForwardAction['timeouts'],
): Generator<Diagnostic> {
  if (requestMs === undefined || requestMs === 0 || maxStreamMs === undefined) return;
  const name =
    policy === undefined ? 'the policy' : `BackendTrafficPolicy ${policy.namespace}/${policy.name}`;
  yield about(
    route,
    ['spec', 'rules', rule],
    'warning',
    'timeout-without-effect',
    `The request timeout of ${requestMs} ms has no effect: ${name} sets maxStreamDuration.`,
    {
      rule: 'Where a maximum duration of streams is set, Envoy goes by that alone.',
      hint: 'Set one of the two: maxStreamDuration ends requests as well, after its own time.',
    },
  );
}
