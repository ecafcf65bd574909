/**
 * Rules as a Gateway with a client certificate serves them: backends over TLS that say nothing of their own
 * are shown that of the Gateway. Connections to them cannot be shared with other Gateways, so the rule gets
 * pools of its own there. Where nothing is shown, rules and the names of pools stay as they are.
 */
import { createHash } from 'node:crypto';
import { memo, weakMemo } from '../../basics/collections.ts';
import type { Gateway } from '../../model/resources.ts';
import type { Destination } from '../pools/destination.ts';
import type { RuleContext } from '../routes/rules.ts';
import type { BackendTls } from '../types.ts';
import type { ClientCertificates } from './client-certificates.ts';
import type { ServerCertificate } from './server-certificate.ts';

export interface ShownToBackends {
  /** The same objects wherever the same is shown. */
  rules(gateway: Gateway, rules: readonly RuleContext[]): readonly RuleContext[];
  /** What was used in answers so far. */
  readonly certificates: ReadonlyMap<string, ServerCertificate>;
}

export function shownToBackends(ofGateway: ClientCertificates['ofGateway']): ShownToBackends {
  const certificates = new Map<string, ServerCertificate>();
  const showing = memo((name: string) => {
    const mark = createHash('sha256').update(name).digest('hex').slice(0, 10);
    const withTls = weakMemo((tls: BackendTls): BackendTls => ({ ...tls, certificate: name }));
    const shown = weakMemo((destination: Destination): Destination => {
      const { tls } = destination;
      return tls === undefined || tls.certificate !== undefined
        ? destination
        : { ...destination, tls: withTls(tls) };
    });
    return weakMemo((rule: RuleContext): RuleContext => {
      const { shares, filters } = rule;
      const all = [...shares, ...filters.mirrors].map(({ destination }) => destination);
      if (all.every((one) => shown(one) === one)) return rule;
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
      const certificate = ofGateway(gateway)?.certificate;
      if (certificate === undefined) return rules;
      const changed = rules.map(showing(certificate.name));
      if (changed.some((rule, i) => rule !== rules[i])) certificates.set(certificate.name, certificate);
      return changed;
    },
    certificates,
  };
}
