/**
 * Why a ClientTrafficPolicy cannot be followed on a listener, in Envoy Gateway's words where it has any
 * (validatePortOverlapForClientTrafficPolicy, translateHTTP1Settings). Its requests then answer 500. Other
 * than in Envoy Gateway, listeners that share a port with one that the policy is not for answer 500, too:
 * otherwise they would be served as if there were no policy.
 */
import { weakMemo } from '../../basics/collections.ts';
import type { Path } from '../../basics/path.ts';
import type { ClientTrafficPolicy, ListenerHeaderEdits, StringMatch } from '../../model/resources.ts';
import { fullMatch, patternFault } from '../../regex/re2.ts';
import type { ListenerContext } from '../attach/gateways.ts';
import { scopesAbove } from '../policies/effective-policy.ts';
import type { ProofReader } from '../tls/client-proof.ts';

export interface ClientFault {
  /** As its status says, without a full stop. */
  readonly status: string;
  /** Absent: the schema has told it. */
  readonly told?: {
    readonly path: Path;
    readonly code: string;
    readonly message: string;
    readonly rule: string;
    readonly hint: string;
  };
}

/** How many of the listeners stand in each scope. */
const counted = weakMemo((sharing: readonly ListenerContext[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const scope of sharing.flatMap(scopesAbove)) counts.set(scope, (counts.get(scope) ?? 0) + 1);
  return counts;
});

/** Names of others that are told. */
const MOST_NAMES = 16;

/**
 * @param sharing All listeners of the port that are served, this one among them.
 * @param scope What the policy targets: the listener, or what it stands in.
 */
export function portFault(
  listener: ListenerContext,
  sharing: readonly ListenerContext[],
  scope: string,
): ClientFault | undefined {
  if (listener.spec.protocol !== 'HTTP') return undefined;
  if (counted(sharing).get(scope) === sharing.length) return undefined;
  const others: string[] = [];
  for (const other of sharing) {
    if (others.length === MOST_NAMES) break;
    if (!scopesAbove(other).includes(scope)) others.push(other.name);
  }
  const names = others.join(', ');
  const status = `ClientTrafficPolicy is being applied to multiple http (non https) listeners (${names}) on the same port, which is not allowed`;
  return {
    status,
    told: {
      path: ['spec', 'targetRefs'],
      code: 'policy-port-shared',
      message: `The listener ${listener.name} shares its port with ${names}, which the policy is not for.`,
      rule: 'Listeners in plain text on one port are told apart by requests alone, so that their connections are treated alike.',
      hint:
        scope.startsWith('Gateway/') && !scope.includes('#')
          ? 'Give the Gateways ports of their own.'
          : 'Target the whole Gateway, or give the listener its own port.',
    },
  };
}

/** @param hosts Host names of routes that the listener serves. */
export function http10Host(
  listener: ListenerContext,
  hosts: readonly string[],
): { readonly host?: string; readonly fault?: ClientFault } {
  const isPrecise = (name: string): boolean => !name.includes('*');
  const { hostname } = listener.spec;
  if (hostname !== undefined && isPrecise(hostname)) return { host: hostname };
  const precise = [...new Set(hosts.filter(isPrecise))];
  if (precise.length === 1) return { host: precise[0]! };
  const status =
    precise.length === 0
      ? 'HTTP1: cannot set http10 default host on listener with only wildcard hostnames'
      : 'HTTP1: cannot set http10 default host on listener with only wildcard hostnames and more than one possible default route';
  return {
    fault: {
      status,
      told: {
        path: ['spec', 'http1', 'http10', 'useDefaultHost'],
        code: 'http10-host',
        message: `There is no host to give to requests of HTTP/1.0 on ${listener.name}: ${precise.length === 0 ? 'it and its routes have no host name' : `its routes have ${precise.length} host names`}.`,
        rule: 'It is the host name of the listener, or the only one that its routes have.',
        hint: 'Give the listener a hostname.',
      },
    },
  };
}

/** Envoy holds them beside the headers. */
const PSEUDO = [':authority', ':method', ':path', ':protocol', ':scheme', ':status'];

/** Patterns that Envoy does not compile; one would cost the whole configuration. */
export const patternFaults = weakMemo((policy: ClientTrafficPolicy): readonly ClientFault[] => {
  const { http1, headers } = policy.spec.settings;
  const ofEdits = (edits: ListenerHeaderEdits | undefined): readonly StringMatch[] =>
    edits?.removeOnMatch ?? [];
  const lists: readonly (readonly [string, readonly string[], readonly StringMatch[]])[] = [
    ['HTTP1', ['http1', 'ignoredUpgradeTypes'], http1?.ignoredUpgrades ?? []],
    ['Headers', ['headers', 'earlyRequestHeaders', 'removeOnMatch'], ofEdits(headers?.early)],
    ['Headers', ['headers', 'lateResponseHeaders', 'removeOnMatch'], ofEdits(headers?.late)],
  ];
  return lists.flatMap(([what, path, matches]) =>
    matches.flatMap(({ kind, value }, i) => {
      const removes = what === 'Headers' && PSEUDO.find((name) => fullMatch(`(?i)${value}`, name));
      const fault =
        kind !== 'regex'
          ? undefined
          : (patternFault(value) ?? (removes ? `it matches ${removes}, which is no header` : undefined));
      if (fault === undefined) return [];
      return [
        {
          status: `${what}: ${fault}`,
          told: {
            path: ['spec', ...path, i, 'value'],
            code: 'pattern-invalid',
            message: `The regular expression cannot be used: ${fault}.`,
            rule: 'Regular expressions are those of RE2; those for names of headers must not match :path and its like.',
            hint: removes ? 'Begin it with [^:].' : 'Correct it.',
          },
        },
      ];
    }),
  );
});

/**
 * Certificates of clients that cannot be verified; or a policy that asks for them, and TLS ends on none of
 * its listeners.
 * @param onTls It holds on a listener where TLS ends.
 */
export function proofFault(
  listener: ListenerContext,
  policy: ClientTrafficPolicy,
  read: ReturnType<ProofReader['ofPolicy']>,
  onTls: boolean,
): ClientFault | undefined {
  if (policy.spec.settings.tls?.validation === undefined) return undefined;
  if (listener.certificates !== undefined)
    // The reader has told it.
    return read?.fault && { status: `TLS: ${read.fault.message}` };
  if (onTls) return undefined;
  return {
    status: `TLS: clientValidation asks for certificates, and TLS does not end on listener ${listener.name}`,
    told: {
      path: ['spec', 'tls', 'clientValidation'],
      code: 'policy-without-tls',
      message: `Clients of ${listener.name} cannot be asked for a certificate: TLS does not end there.`,
      rule: 'Certificates are shown where TLS ends: on listeners of protocol HTTPS, or TLS with mode Terminate.',
      hint: 'Target such a listener.',
    },
  };
}
