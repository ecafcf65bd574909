/**
 * A redirect, a new path or an HTTPRouteFilter of a backendRef. Envoy has none of these for one of several
 * shares, so it is done where all requests of the rule go to that backendRef: then the rule does it.
 */
import type { AnyRoute, RouteFilter } from '../../model/resources.ts';

type Rule = AnyRoute['spec']['rules'][number];

const ofRule = (filter: RouteFilter): boolean =>
  filter.type === 'RequestRedirect' ||
  filter.type === 'ExtensionRef' ||
  (filter.type === 'URLRewrite' && filter.urlRewrite.path !== undefined);

/** The rule with the filters where Envoy has them; what stays is refused (rules.ts). */
export function lifted(rule: Rule): Rule {
  const [ref, ...others] = rule.backendRefs;
  if (ref === undefined || others.length > 0 || ref.weight === 0) return rule;
  const up = ref.filters.filter(ofRule);
  const own = rule.filters.some(({ type }) => type === 'RequestRedirect' || type === 'URLRewrite');
  if (up.length === 0 || own) return rule;
  const kept = ref.filters.filter((filter) => !ofRule(filter));
  return { ...rule, filters: [...rule.filters, ...up], backendRefs: [{ ...ref, filters: kept }] };
}
