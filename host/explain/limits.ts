/**
 * Which rate limits of a route count a request. How much of a limit is left is known to a running Envoy
 * alone.
 */
import { isInRange } from '../basics/cidr.ts';
import { pathPattern } from '../envoy/handling/limit-actions.ts';
import type { GlobalRule, LimitMatch, LimitRule, LimitTest, LimitValue, LocalLimit } from '../plan/types.ts';
import { fullMatch } from '../regex/re2.ts';
import { headerValues, type Request } from './request.ts';
import { queryParameters } from './route-match.ts';

/** A line for each limit that counts it. */
export function explainLocalLimit(
  { otherwise, rules }: LocalLimit,
  request: Request,
  sourceIp: string,
): string[] {
  const lines = counting(rules, request, sourceIp).map((rule) => `local limit: ${describe(rule)}`);
  if (lines.length === 0 && otherwise !== undefined) lines.push(`local limit: ${amount(otherwise)}`);
  return lines.length > 0 ? lines : ['local limit: no rule counts this request'];
}

export function explainGlobalLimit(
  rules: readonly GlobalRule[],
  request: Request,
  sourceIp: string,
): string[] {
  const lines = counting(rules, request, sourceIp).map(
    (rule) =>
      `global limit: ${describe(rule)}, ${rule.shared ? 'shared by the routes of the policy, ' : ''}counted by the service`,
  );
  return lines.length > 0 ? lines : ['global limit: no rule counts this request'];
}

const counting = <T extends LimitRule>(rules: readonly T[], request: Request, sourceIp: string): T[] =>
  rules.filter(({ matches }) => matches.every((one) => holds(one, request, sourceIp)));

export const amount = ({ requests, unit }: LimitValue): string =>
  `${requests} ${requests === 1 ? 'request' : 'requests'} each ${unit.toLowerCase()}`;

function describe(rule: LimitRule): string {
  const each = rule.matches.flatMap(distinctOf);
  return [
    amount(rule),
    ...(each.length === 0 ? [] : [`for each ${each.join(' and ')}`]),
    ...(rule.cost === undefined ? [] : [`this one counts ${rule.cost}`]),
    ...(rule.shadow ? ['not enforced (shadowMode)'] : []),
  ].join(', ');
}

function distinctOf(match: LimitMatch): string[] {
  if (match.of === 'address') return match.distinct ? ['address'] : [];
  if (match.of !== 'header' && match.of !== 'query') return [];
  const what = match.of === 'header' ? `header ${match.name}` : `query parameter ${match.name}`;
  return match.test.kind === 'distinct' ? [what] : [];
}

function holds(match: LimitMatch, request: Request, sourceIp: string): boolean {
  switch (match.of) {
    case 'header':
      return testHolds(match.test, joined(headerValues(request, match.name.toLowerCase())));
    case 'query':
      return testHolds(match.test, queryParameters(request.path).get(match.name));
    case 'method':
      return match.methods.includes(request.method) !== match.invert;
    case 'path':
      return fullMatch(pathPattern(match), request.path) !== match.invert;
    case 'address':
      return isInRange(sourceIp, match) !== match.invert;
  }
}

const joined = (values: readonly string[]): string | undefined =>
  values.length === 0 ? undefined : values.join(',');

function testHolds(test: LimitTest, value: string | undefined): boolean {
  if (test.kind === 'distinct') return value !== undefined;
  const matches =
    value !== undefined && (test.kind === 'exact' ? value === test.value : fullMatch(test.value, value));
  return matches !== test.invert;
}
