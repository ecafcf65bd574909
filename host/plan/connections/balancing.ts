/**
 * What of a policy holds for whole connections, and what has no meaning there because it is about requests.
 * Envoy Gateway leaves the latter out without a word.
 */
import { weakMemo } from '../../basics/collections.ts';
import type { Path } from '../../basics/path.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { isOwnerKind } from '../../model/groups.ts';
import type {
  AnyRoute,
  BackendTrafficPolicy,
  BackendTrafficPolicySpec,
  LoadBalancer,
} from '../../model/resources.ts';
import type { ListenerContext } from '../attach/gateways.ts';
import { about, label } from '../from.ts';
import type { Effective } from '../policies/effective-policy.ts';
import type { Balancing } from '../pools/pools.ts';
import type { ConnectionRoute } from '../types.ts';

/** Without what is about requests. */
export const balancingOf = ({ spec, policy }: Balancing): Balancing => ({
  spec: spec === undefined ? undefined : forConnections(spec),
  policy,
});

const forConnections = weakMemo(
  ({ loadBalancer, timeout, ...spec }: BackendTrafficPolicySpec): BackendTrafficPolicySpec => ({
    ...spec,
    loadBalancer: loadBalancer === undefined ? undefined : { ...loadBalancer, endpointOverride: undefined },
    timeout: timeout?.tcp === undefined ? undefined : { tcp: timeout.tcp },
    retry: undefined,
    http2: undefined,
    httpUpgrade: undefined,
    useClientProtocol: undefined,
    maxRequestsPerConnection: undefined,
    admission: undefined,
  }),
);

/** Of the keys only the client's address is known before the first byte. */
export const hashOf = (lb: LoadBalancer | undefined): ConnectionRoute['hash'] =>
  lb?.type === 'ConsistentHash' && lb.consistentHash.type === 'SourceIP' ? [{ kind: 'source-ip' }] : [];

/** What limits requests. Nothing of the kind is done for connections. */
const LIMITS = ['admissionControl', 'bandwidthLimit', 'rateLimit', 'requestBuffer'] as const;

/**
 * A policy for this very route that limits what cannot be limited here: it must not be served without. One of
 * its Gateway is for requests of other routes.
 */
export function limitOf({ policy, balancing: { spec } }: Effective): string | undefined {
  return policy === undefined || isAbove(policy) ? undefined : LIMITS.find((field) => has(spec, field));
}
const has = (spec: BackendTrafficPolicySpec | undefined, field: string): boolean =>
  spec?.raw[field] !== undefined;

const isAbove = ({ spec }: BackendTrafficPolicy): boolean =>
  spec.targetSelectors.every(({ kind }) => isOwnerKind(kind)) &&
  spec.targetRefs.every(({ kind }) => isOwnerKind(kind));

export const unlimited = (route: AnyRoute, policy: BackendTrafficPolicy, field: string): Diagnostic =>
  about(
    policy,
    ['spec', field],
    'error',
    'field-not-supported',
    `${field} is not translated for ${label(route)}: its connections are closed.`,
    {
      rule: 'What restricts or protects must not be left out.',
      hint: 'Remove it, if that is what you want.',
    },
  );

const NO_HEADER: Lost = {
  path: ['proxyProtocol'],
  what: 'proxyProtocol has no effect',
  because: 'Envoy sends no such header with datagrams',
};

function* lostOverUdp(spec: BackendTrafficPolicySpec): Generator<Lost> {
  if (has(spec, 'proxyProtocol')) yield NO_HEADER;
  const active = spec.healthCheck?.active;
  if (active !== undefined && active.port === undefined)
    yield {
      path: ['healthCheck', 'active', 'type'],
      what: `A health check of type ${active.checker.type} asks the port of the datagrams over TCP`,
      because: 'a host that serves nothing there counts as down; overrides.port names another port',
    };
}

interface Lost {
  readonly path: Path;
  readonly what: string;
  readonly because: string;
}

/** @param split Its backends have a pool each. */
export function* withoutEffect(
  route: AnyRoute,
  { policy, balancing }: Effective,
  { gateway, spec: { name } }: ListenerContext,
  split: boolean,
): Generator<Diagnostic> {
  const { spec } = balancing;
  if (policy === undefined || spec === undefined) return;
  // A policy of a Gateway is for its HTTPRoutes, too: only what changes the choice of hosts is told.
  const above = isAbove(policy);
  const found = [
    ...lostBalancing(spec, balancing.sticky !== undefined, split),
    ...(above ? lostLimits(spec) : lostSettings(spec)),
    ...(route.kind === 'UDPRoute' ? lostOverUdp(spec) : []),
  ];
  for (const { path, what, because } of found) {
    const where = above ? `${label(route)} on listener ${name} of ${label(gateway.resource)}` : label(route);
    yield about(
      policy,
      ['spec', ...path],
      'warning',
      'value-without-effect',
      `${what} for ${where}: ${because}.`,
      { rule: `A ${route.kind} leads whole connections; what is in them is not read.` },
    );
  }
}

function* lostBalancing(spec: BackendTrafficPolicySpec, sticky: boolean, split: boolean): Generator<Lost> {
  const { loadBalancer: lb } = spec;
  if (lb?.type === 'ConsistentHash') {
    const path = ['loadBalancer', 'consistentHash', 'type'];
    const { type } = lb.consistentHash;
    if (type !== 'SourceIP')
      yield {
        path,
        what: `ConsistentHash by ${type} has no effect`,
        because: 'a connection has no such key, so that its host is drawn at random; SourceIP has an effect',
      };
    else if (split)
      yield {
        path,
        what: 'ConsistentHash by SourceIP holds for each backend alone',
        because: 'its backends need a pool each, and Envoy draws one of these at random',
      };
    if (sticky)
      yield {
        path: ['loadBalancer'],
        what: 'Sticky until hot has no effect',
        because: 'the filter that moves keys sees requests',
      };
  }
  if (lb?.type === 'BackendUtilization' && lb.backendUtilization.outOfBand === undefined)
    yield {
      path: ['loadBalancer', 'type'],
      what: 'BackendUtilization is a round robin',
      because: 'load reports come with answers, which are not read; outOfBand has an effect',
    };
  if (lb?.endpointOverride !== undefined)
    yield {
      path: ['loadBalancer', 'endpointOverride'],
      what: 'endpointOverride has no effect',
      because: 'there are no headers',
    };
}

function* lostLimits(spec: BackendTrafficPolicySpec): Generator<Lost> {
  for (const field of LIMITS)
    if (has(spec, field))
      yield { path: [field], what: `${field} has no effect`, because: 'connections are not limited by it' };
}

function* lostSettings(spec: BackendTrafficPolicySpec): Generator<Lost> {
  const lost: readonly (readonly [unknown, Path])[] = [
    [spec.retry, ['retry']],
    [spec.timeout?.http, ['timeout', 'http']],
    [spec.http2, ['http2']],
    [spec.httpUpgrade, ['httpUpgrade']],
    [spec.useClientProtocol, ['useClientProtocol']],
    [spec.maxRequestsPerConnection, ['circuitBreaker', 'maxRequestsPerConnection']],
  ];
  for (const [value, path] of lost)
    if (value !== undefined)
      yield { path, what: `${path.join('.')} has no effect`, because: 'it is about requests' };
}
