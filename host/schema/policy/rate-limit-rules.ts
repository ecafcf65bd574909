/**
 * The rules of rateLimit that no single field says. What an API server refuses is an error; what it accepts
 * and Envoy Gateway or Envoy cannot do makes the policy invalid, so that its routes are closed.
 */
import type { Path } from '../../basics/path.ts';
import { patternFault } from '../../regex/re2.ts';
import { parseCidr } from '../words/cidr.ts';
import { asList, asObject, type Finding, type Report } from '../words/findings.ts';
import { keyNameFault } from '../words/names.ts';
import { UNIT_SECONDS } from './rate-limit.ts';

type Raw = Readonly<Record<string, unknown>>;

const AT: Path = ['spec', 'rateLimit'];

export function checkRateLimit(raw: unknown, report: Report): void {
  const limit = asObject(raw);
  if (limit === undefined) return;
  checkType(limit, report);
  checkLocal(asObject(limit.local), report);
  for (const [i, one] of asList(asObject(limit.global)?.rules).entries()) {
    const rule = asObject(one);
    if (rule !== undefined) checkRule(rule, [...AT, 'global', 'rules', i], report);
  }
}

/** In the words of Envoy Gateway, which begins with the field. */
const unusable = (report: Report, path: Path, status: string, finding: Finding): void =>
  report.unusable(path, `RateLimit: ${status}`, finding);

/** The deprecated `type` chooses one of the two and drops the other. */
function checkType(limit: Raw, report: Report): void {
  const { type } = limit;
  if (type !== 'Local' && type !== 'Global') return;
  const [field, other] = type === 'Local' ? ['local', 'global'] : ['global', 'local'];
  if (limit[field] === undefined) {
    unusable(report, [...AT, 'type'], `${field} configuration empty for rateLimit`, {
      code: 'field-missing',
      message: `type is ${type}, but ${field} is missing.`,
      value: type,
      rule: `${field} must be set when the type is ${type}.`,
      hint: `Add ${field}, or remove type, which is deprecated.`,
    });
  }
  if (limit[other] === undefined) return;
  report.warning([...AT, other], {
    code: 'value-without-effect',
    message: `rateLimit.${other} has no effect: type is ${type}.`,
    rule: 'The deprecated type chooses one of local and global; without it both hold.',
    hint: `Remove type, or ${other}.`,
    point: 'key',
  });
}

function checkLocal(local: Raw | undefined, report: Report): void {
  if (local === undefined) return;
  const rules = asList(local.rules).map(asObject);
  const at = (i: number): Path => [...AT, 'local', 'rules', i];
  const open = rules.findIndex((rule) => rule !== undefined && asList(rule.clientSelectors).length === 0);
  for (const [i, rule] of rules.entries()) {
    if (rule === undefined) continue;
    checkRule(rule, at(i), report);
    checkUnit(rules[open], rule, at(i), report);
    const selects = asList(rule.clientSelectors).length > 0;
    if (!selects) checkOpenRule(rule, i === open, at(i), report);
    checkLocalOnly(rule, at(i), report);
  }
}

/** Envoy counts time in steps of the limit for everything else. */
function checkUnit(open: Raw | undefined, rule: Raw, path: Path, report: Report): void {
  const seconds = (one: Raw | undefined): number | undefined => {
    const unit = asObject(one?.limit)?.unit;
    return typeof unit === 'string' && Object.hasOwn(UNIT_SECONDS, unit)
      ? UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS]
      : undefined;
  };
  const [step, own] = [seconds(open), seconds(rule)];
  if (step === undefined || own === undefined || own % step === 0) return;
  const unit = asObject(rule.limit)?.unit;
  const status = 'local rateLimit rule limit unit must be a multiple of the default limit unit';
  unusable(report, [...path, 'limit', 'unit'], status, {
    code: 'value-not-supported',
    message: `unit must be a multiple of ${String(asObject(open?.limit)?.unit)}, not ${String(unit)}.`,
    value: unit,
    rule: 'The unit of each local rule must be a multiple of that of the rule without clientSelectors.',
    hint: 'Give the rule without clientSelectors the smaller unit.',
  });
}

/** The rule without clientSelectors becomes Envoy's own bucket of the route. */
function checkOpenRule(rule: Raw, first: boolean, path: Path, report: Report): void {
  if (!first) {
    const status = 'local rateLimit can not have more than one rule without clientSelectors';
    unusable(report, path, status, {
      code: 'value-not-supported',
      message: 'Another rule has no clientSelectors already.',
      rule: 'One local rule may have no clientSelectors: it is for what no other rule counts.',
      hint: 'Remove one of the two.',
    });
  }
  for (const field of ['cost', 'shadowMode'] as const) {
    if (rule[field] === undefined || rule[field] === false) continue;
    unusable(report, [...path, field], `${field} is not supported without clientSelectors`, {
      code: 'value-not-supported',
      message: `${field} is not supported in a local rule without clientSelectors.`,
      rule: 'Envoy counts 1 for each request that no other rule counts, and enforces it.',
      hint: 'Give the rule a clientSelector, as path: {value: /}.',
      point: 'key',
    });
  }
}

const LOCAL_NEVER = [
  ['cost', 'response', 'response cost is not supported for Local Rate Limits'],
  ['limit', 'fromMetadata', 'limit fromMetadata is not supported for Local Rate Limits'],
] as const;

function checkLocalOnly(rule: Raw, path: Path, report: Report): void {
  for (const [owner, field, message] of LOCAL_NEVER) {
    if (asObject(rule[owner])?.[field] === undefined) continue;
    report.error([...path, owner, field], {
      code: 'field-conflict',
      message: `${message}.`,
      rule: 'Local limits count requests as they come in, by what the policy says.',
      hint: 'Use a global limit, or remove it.',
      point: 'key',
    });
  }
  if (rule.shared === true) {
    unusable(report, [...path, 'shared'], 'shared is not supported for local limits', {
      code: 'value-not-supported',
      message: 'shared is not supported in local limits: each route would count for itself.',
      value: true,
      rule: 'Envoy counts local limits for each route.',
      hint: 'Use a global limit, or divide the limit among the routes.',
    });
  }
  const requests = asObject(rule.limit)?.requests;
  if (requests === 0) {
    unusable(report, [...path, 'limit', 'requests'], 'local limits must allow at least 1 request', {
      code: 'value-not-supported',
      message: 'requests must be at least 1 in local limits, not 0.',
      value: 0,
      rule: "Envoy's local limits have at least one token.",
      hint: 'Remove the route, if nobody may use it.',
    });
  }
}

/** What holds for local and global rules. */
function checkRule(rule: Raw, path: Path, report: Report): void {
  for (const [i, one] of asList(rule.clientSelectors).entries()) {
    const selector = asObject(one);
    if (selector !== undefined) checkSelector(selector, [...path, 'clientSelectors', i], report);
  }
  for (const side of ['request', 'response']) {
    const cost = asObject(asObject(rule.cost)?.[side]);
    if (cost?.from !== 'Number' || cost.number !== undefined) continue;
    report.error([...path, 'cost', side, 'number'], {
      code: 'field-missing',
      message: 'from is Number, but number is missing.',
      rule: 'number is what is counted, where from is Number.',
      hint: 'Add number.',
      point: [...path, 'cost', side, 'from'],
    });
  }
}

const CONDITIONS = ['headers', 'methods', 'path', 'sourceCIDR', 'queryParams'];

function checkSelector(selector: Raw, path: Path, report: Report): void {
  const has = (field: string): boolean =>
    Array.isArray(selector[field]) ? selector[field].length > 0 : selector[field] !== undefined;
  if (!CONDITIONS.some(has)) {
    const status =
      'unable to translate rateLimit. At least one of the header or method or path or sourceCIDR or queryParameters must be specified';
    unusable(report, path, status, {
      code: 'field-missing',
      message: 'A clientSelector has no condition.',
      rule: `A clientSelector must have at least one of ${CONDITIONS.join(', ')}.`,
      hint: 'Add one, or remove clientSelectors to limit all requests.',
    });
  }
  for (const [field, what] of [
    ['headers', 'header'],
    ['queryParams', 'query parameter'],
  ] as const)
    for (const [i, one] of asList(selector[field]).entries())
      checkValue(asObject(one) ?? {}, what, [...path, field, i], report);
  const by = asObject(selector.path);
  if (by?.type === 'RegularExpression') checkPattern(by.value ?? '/', [...path, 'path', 'value'], report);
  const range = asObject(selector.sourceCIDR)?.value;
  if (typeof range === 'string' && range !== '' && parseCidr(range) === undefined) {
    const at = [...path, 'sourceCIDR', 'value'];
    unusable(report, at, `unable to translate rateLimit: invalid CIDR address: ${range}`, {
      code: 'address-invalid',
      message: `sourceCIDR.value must be a range of IP addresses, not "${range}".`,
      value: range,
      rule: 'A range is an address and the length of its prefix, as 192.168.0.0/24.',
      hint: range.includes('/')
        ? undefined
        : `Write ${range}/${range.includes(':') ? 128 : 32} for one address.`,
    });
  }
}

function checkValue({ type, name, value, invert }: Raw, what: string, path: Path, report: Report): void {
  if (what === 'header') checkHeaderName(name, path, report);
  if (type === 'Distinct') {
    for (const [field, wrong] of [
      ['value', value !== undefined],
      ['invert', invert === true],
    ] as const) {
      if (!wrong) continue;
      const status = `unable to translate rateLimit. ${field} is not applicable for distinct ${what} match type`;
      unusable(report, [...path, field], status, {
        code: 'field-conflict',
        message: `${field} is not allowed with type Distinct.`,
        value: field === 'value' ? value : invert,
        rule: `Distinct counts each value of the ${what} for itself.`,
        hint: `Remove ${field}, or use type: Exact.`,
        point: 'key',
      });
    }
  } else if (value === undefined || (value === '' && what !== 'header')) {
    const status =
      'unable to translate rateLimit. Either the header.Type is not valid or the header is missing a value';
    unusable(report, [...path, 'value'], status, {
      code: 'field-missing',
      message: 'value is missing.',
      rule: `A ${what} needs a value, unless its type is Distinct.`,
      hint: 'Add value, or use type: Distinct.',
      point: [...path, 'name'],
    });
  } else if (type === 'RegularExpression') checkPattern(value, [...path, 'value'], report);
}

/** No request has a header of another name: the rule would count nothing, or Envoy refuse all. */
function checkHeaderName(name: unknown, path: Path, report: Report): void {
  const fault = keyNameFault('header', name);
  if (fault === undefined || name === '') return;
  unusable(report, [...path, 'name'], `invalid header name: ${String(name)}`, {
    code: 'header-name-invalid',
    message: `name ${fault}.`,
    value: name,
    rule: "An HTTP header name has letters, digits and !#$%&'*+-.^_`|~; :path, :authority, :method and :scheme are read too.",
    hint: 'Correct the name.',
  });
}

function checkPattern(pattern: unknown, path: Path, report: Report): void {
  if (typeof pattern !== 'string') return;
  const fault = patternFault(pattern);
  if (fault === undefined) return;
  unusable(report, path, `regex "${pattern}" is invalid: ${fault}`, {
    code: 'value-not-supported',
    message: `value is no expression that Envoy takes: ${fault}.`,
    value: pattern,
    rule: 'A regular expression must be one of RE2.',
  });
}
