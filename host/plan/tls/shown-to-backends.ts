/**
 * Rules as a Gateway serves them that says how backends are called over TLS: with a certificate that Envoy
 * shows, versions and ciphers, for backends that say nothing of their own. Connections to them cannot be
 * shared with other Gateways, so the rule gets pools of its own there. Where nothing is said, rules and the
 * names of pools stay as they are.
 */
import { createHash } from 'node:crypto';
import { memo, weakMemo } from '../../basics/collections.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { TLS_VERSIONS } from '../../model/backend-tls.ts';
import type { Gateway, TlsParameters } from '../../model/resources.ts';
import { overParameters } from '../attach/envoy-proxies.ts';
import { about, keyOf } from '../from.ts';
import type { Destination } from '../pools/destination.ts';
import type { RuleContext } from '../routes/rules.ts';
import type { BackendTls } from '../types.ts';
import type { ServerCertificate } from './server-certificate.ts';

/** What a Gateway says. */
export interface Shown {
  readonly certificate?: ServerCertificate;
  readonly parameters?: TlsParameters;
  /** It cannot be done: backends over TLS are not called. */
  readonly problem?: string;
}
export interface ShownToBackends {
  /** The same objects wherever the same is shown. */
  rules(gateway: Gateway, rules: readonly RuleContext[]): readonly RuleContext[];
  /** What was used in answers so far. */
  readonly certificates: ReadonlyMap<string, ServerCertificate>;
}

export function shownToBackends(
  shownBy: (gateway: Gateway) => Shown | undefined,
  diagnostics: Diagnostic[],
): ShownToBackends {
  const told = new Set<string>();
  const certificates = new Map<string, ServerCertificate>();
  const showing = memo((text: string) => {
    const { name, parameters, problem } = JSON.parse(text) as Said;
    const mark = createHash('sha256')
      .update(parameters === undefined ? (name ?? '') : text)
      .digest('hex')
      .slice(0, 10);
    const withTls = weakMemo(
      (tls: BackendTls): BackendTls => ({
        ...tls,
        certificate: tls.certificate ?? name,
        parameters: parameters === undefined ? tls.parameters : overParameters(tls.parameters, parameters),
      }),
    );
    const shown = weakMemo((destination: Destination): Destination => {
      const { tls } = destination;
      return tls === undefined || (parameters === undefined && tls.certificate !== undefined)
        ? destination
        : { ...destination, tls: withTls(tls) };
    });
    return weakMemo((rule: RuleContext): RuleContext => {
      const { shares, filters } = rule;
      const all = [...shares, ...filters.mirrors].map(({ destination }) => destination);
      if (all.every((one) => shown(one) === one)) return rule;
      const because = problem ?? all.map((one) => versionFault(shown(one).tls)).find((one) => one);
      if (because !== undefined) return { ...rule, respond: { status: 500, because } };
      return {
        ...rule,
        pool: `${rule.id}@${mark}`,
        shares: shares.map((one) => ({ ...one, destination: shown(one.destination) })),
        filters: {
          ...filters,
          mirrors: filters.mirrors.map((one) => ({ ...one, destination: shown(one.destination) })),
        },
      };
    });
  });
  return {
    rules(gateway, rules) {
      const said = shownBy(gateway);
      if (said === undefined) return rules;
      const { certificate, parameters, problem } = said;
      const text: Said = { name: certificate?.name, parameters, problem };
      const changed = rules.map(showing(JSON.stringify(text)));
      for (const [i, { respond, id }] of changed.entries()) {
        const closed = respond !== rules[i]!.respond && problem === undefined;
        if (!closed || told.has(`${keyOf(gateway)} ${id}`)) continue;
        told.add(`${keyOf(gateway)} ${id}`);
        diagnostics.push(versionsApart(gateway, `${id}: ${respond!.because}.`));
      }
      if (certificate !== undefined && changed.some((rule, i) => rule !== rules[i]))
        certificates.set(certificate.name, certificate);
      return changed;
    },
    certificates,
  };
}

const versionsApart = (gateway: Gateway, message: string): Diagnostic =>
  about(gateway, ['metadata', 'name'], 'error', 'value-not-supported', message, {
    rule: 'What a Backend says of TLS comes before backendTLS of the EnvoyProxy, field by field.',
    hint: 'Let the two agree on a version; until then nothing is sent there.',
  });

interface Said extends Pick<Shown, 'parameters' | 'problem'> {
  readonly name?: string | undefined;
}

/** What Envoy would refuse: the lowest version of one side above the highest of the other. */
function versionFault(tls: BackendTls | undefined): string | undefined {
  const { minVersion = '1.2', maxVersion = '1.3' } = tls?.parameters ?? {};
  const order: readonly string[] = TLS_VERSIONS;
  const [least, most] = [order.indexOf(minVersion), order.indexOf(maxVersion)];
  return least >= 0 && most >= 0 && least > most
    ? `no TLS version is left for a backend: at least ${minVersion} is asked for, and at most ${maxVersion}`
    : undefined;
}
