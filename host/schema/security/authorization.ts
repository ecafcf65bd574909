/**
 * `spec.authorization` of a SecurityPolicy (authorization_types.go): rules by address, header, method, path.
 */
import { firstOf } from '../../basics/cidr.ts';
import { given } from '../../basics/collections.ts';
import type { Path } from '../../basics/path.ts';
import { AUTHORIZATION_ACTIONS, type Authorization } from '../../model/security.ts';
import { patternFault } from '../../regex/re2.ts';
import { cidr } from '../words/cidr.ts';
import { asList, asObject, type Report } from '../words/findings.ts';
import { headerName, METHODS } from '../words/names.ts';
import { flag, list, object, oneOf, refused, text } from '../words/shape.ts';

/** The API bounds neither; Envoy goes through the rules one by one. */
const MAX_RULES = 1024;
const MAX_RANGES = 4096;

type Raw = Readonly<Record<string, unknown>>;

const OTHER_SERVICE = 'who a client is, is not known without it';

const rule = object({
  name: text({ min: 1, max: 253 }).optional(),
  action: oneOf(AUTHORIZATION_ACTIONS),
  operation: object({
    methods: list(oneOf(METHODS), 1, 16).optional(),
    path: object({
      type: oneOf(['PathPrefix', 'Exact', 'RegularExpression']).optional(),
      value: text({
        max: 1024,
        pattern: /^[^\0\r\n]*$/,
        rule: 'text of at most 1024 characters, on one line',
      }).optional(),
      invert: flag().optional(),
    }).optional(),
  }).optional(),
  principal: object({
    clientCIDRs: list(cidr(), 1, MAX_RANGES).optional(),
    headers: list(
      object({
        name: headerName(),
        values: list(text({ pattern: /^[^\0\r\n]*$/, rule: 'text on one line' }), 1, 256),
      }),
      1,
      256,
    ).optional(),
    jwt: refused(OTHER_SERVICE),
    clientIPGeoLocations: refused('where an address is, is not known without a database'),
  }).optional(),
  cel: refused('a rule without it is for more requests'),
});
export const authorizationSchema = object({
  rules: list(rule, 0, MAX_RULES).optional(),
  defaultAction: oneOf(AUTHORIZATION_ACTIONS).optional(),
});

/** @param owner Begins the names of rules that have none. */
export const toAuthorization = (
  { rules = [], defaultAction = 'Deny' }: ReturnType<typeof authorizationSchema.parse>,
  owner: string,
): Authorization => ({
  rules: rules.map(({ name, action, operation, principal }, i) => ({
    name: name ?? `${owner}/authorization/rule/${i}`,
    action,
    methods: operation?.methods ?? [],
    path: given(operation?.path, ({ type, value = '/', invert = false }) => ({
      kind: type === 'Exact' ? 'exact' : type === 'RegularExpression' ? 'regex' : 'prefix',
      value,
      invert,
    })),
    ranges: (principal?.clientCIDRs ?? []).map(({ address, bits }) => ({
      first: firstOf(address, bits),
      bits,
    })),
    headers: (principal?.headers ?? []).map((header) => ({ ...header, name: header.name.toLowerCase() })),
  })),
  otherwise: defaultAction,
});

/** What a rule must have, and patterns that Envoy takes. */
export function checkAuthorization(raw: unknown, report: Report): void {
  for (const [i, one] of asList(asObject(raw)?.rules).entries()) {
    const given = asObject(one);
    if (given === undefined) continue;
    const path = ['spec', 'authorization', 'rules', i];
    atLeastOne(given, ['principal', 'cel'], path, report);
    for (const [field, members] of Object.entries(MEMBERS)) {
      const owner = asObject(given[field]);
      if (owner !== undefined) atLeastOne(owner, members, [...path, field], report);
    }
    checkPath(asObject(asObject(given.operation)?.path), [...path, 'operation', 'path', 'value'], report);
  }
}

/** Other than in Envoy Gateway, a path that no request can have is not taken: its rule would be for none. */
function checkPath(by: Raw | undefined, path: Path, report: Report): void {
  const value = by?.value;
  if (typeof value !== 'string') return;
  const isPattern = by?.type === 'RegularExpression';
  const relative = value.startsWith('/') ? undefined : 'it does not begin with a slash';
  const fault = isPattern ? patternFault(value) : relative;
  if (fault === undefined) return;
  const what = isPattern ? `regex "${value}"` : `path "${value}"`;
  report.unusable(
    path,
    `Authorization: unable to translate authorization rule: ${what} is invalid: ${fault}`,
    {
      code: 'value-not-supported',
      message: `value is no ${isPattern ? 'expression that Envoy takes' : 'path'}: ${fault}.`,
      value,
      rule: isPattern ? 'A regular expression must be one of RE2.' : 'A path begins with a slash.',
      hint: 'Correct it. Until then the requests of the targets answer 500.',
    },
  );
}

const MEMBERS = {
  operation: ['methods', 'path'],
  principal: ['clientCIDRs', 'jwt', 'headers', 'clientIPGeoLocations'],
};

function atLeastOne(owner: Raw, fields: readonly string[], path: Path, report: Report): void {
  if (fields.some((field) => owner[field] !== undefined)) return;
  report.error([...path, fields[0]!], {
    code: 'field-missing',
    message: `None of ${fields.join(', ')} is set.`,
    rule: `At least one of ${fields.join(', ')} must be set.`,
    hint: `Add ${fields[0]}.`,
    point: path,
  });
}
