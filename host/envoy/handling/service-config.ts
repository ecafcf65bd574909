/**
 * What a rate limit service has to be configured with, for the descriptors that Envoy sends to it: in the
 * format of github.com/envoyproxy/ratelimit, one document for each domain, as Envoy Gateway gives it to its
 * own.
 */
import { routesOf } from '../../plan/routes-of.ts';
import type { Plan } from '../../plan/types.ts';
import { type CountedRule, countedRules } from './global-limit.ts';

interface Descriptor {
  readonly key: string;
  /** Absent: any. */
  readonly value?: string;
  readonly shadow_mode?: true;
  readonly rate_limit?: { readonly unit: string; readonly requests_per_unit: number };
  readonly descriptors?: readonly Descriptor[];
}
export interface DomainConfig {
  readonly domain: string;
  readonly descriptors: readonly Descriptor[];
}

export function rateLimitConfig(plan: Plan): DomainConfig[] {
  /** Domain → first key → rules, each once. */
  const domains = new Map<string, Map<string, Map<string, Descriptor>>>();
  for (const route of routesOf(plan)) {
    for (const counted of countedRules(route)) {
      const first = counted.actions[0]!.key;
      const keys = domains.get(counted.domain) ?? new Map<string, Map<string, Descriptor>>();
      const rules = keys.get(first) ?? new Map<string, Descriptor>();
      const descriptor = chain(counted);
      domains.set(counted.domain, keys.set(first, rules.set(JSON.stringify(descriptor), descriptor)));
    }
  }
  return [...domains].map(([domain, keys]) => ({
    domain,
    descriptors: [...keys].map(([key, rules]) => ({ key, value: key, descriptors: [...rules.values()] })),
  }));
}

/** The entries behind the first, each in the one before; the last has the limit. */
function chain({ rule, actions }: CountedRule): Descriptor {
  const rate_limit = { unit: rule.unit.toLowerCase(), requests_per_unit: rule.requests };
  return actions.slice(1).reduceRight<Descriptor | undefined>(
    (inner, { key, value }) => ({
      key,
      ...(value === undefined ? {} : { value }),
      ...(rule.shadow ? { shadow_mode: true } : {}),
      ...(inner === undefined ? { rate_limit } : { descriptors: [inner] }),
    }),
    undefined,
  )!;
}
