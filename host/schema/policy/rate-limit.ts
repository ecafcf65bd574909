/**
 * rateLimit of BackendTrafficPolicy (ratelimit_types.go): the fields, and what the model makes of them. A
 * rule without clientSelectors is the limit for what no other rule counts.
 */
import { given } from '../../basics/collections.ts';
import type {
  GlobalRule,
  LimitMatch,
  LimitRule,
  LimitTest,
  LimitValue,
  LocalLimit,
} from '../../model/resources.ts';
import { parseCidr } from '../words/cidr.ts';
import { METHODS } from '../words/names.ts';
import {
  flag,
  integer,
  list,
  object,
  oneOf,
  protecting,
  text,
  uint32,
  untranslated,
} from '../words/shape.ts';

export const UNIT_SECONDS = {
  Second: 1,
  Minute: 60,
  Hour: 3600,
  Day: 86_400,
  Week: 604_800,
  Month: 2_592_000,
  Year: 31_536_000,
} as const;
type Unit = keyof typeof UNIT_SECONDS;
export const units = Object.keys(UNIT_SECONDS) as Unit[];

const valueMatch = () =>
  object({
    type: oneOf(['Exact', 'RegularExpression', 'Distinct']).optional(),
    name: text({ min: 1, max: 256 }),
    value: text({ max: 1024 }).optional(),
    invert: flag().optional(),
  });

const clientSelector = object({
  headers: list(valueMatch(), 0, 128).optional(),
  methods: list(object({ value: oneOf(METHODS), invert: flag().optional() })).optional(),
  path: object({
    type: oneOf(['PathPrefix', 'Exact', 'RegularExpression']).optional(),
    value: text({ max: 1024 }).optional(),
    invert: flag().optional(),
  }).optional(),
  sourceCIDR: object({
    type: oneOf(['Exact', 'Distinct']).optional(),
    value: text({ min: 1, max: 256, rule: 'a range of IP addresses, as 192.168.0.0/24 or 2001:db8::/64' }),
    invert: flag().optional(),
  }).optional(),
  queryParams: list(valueMatch(), 0, 16).optional(),
});

/** Envoy's bound for hits_addend (route_components.proto). */
const cost = () =>
  object({
    from: oneOf(['Number', 'Metadata']),
    number: integer(0, 1_000_000_000).optional(),
    metadata: protecting('no filter here writes what a request costs'),
  });

const rule = object({
  clientSelectors: list(clientSelector, 0, 8).optional(),
  // Of metadata that no filter here writes: the limit itself holds.
  limit: object({ requests: uint32(), unit: oneOf(units), fromMetadata: untranslated() }),
  cost: object({ request: cost().optional(), response: cost().optional() }).optional(),
  shared: flag().optional(),
  shadowMode: flag().optional(),
  xRateLimitHeaders: oneOf(['Off', 'DraftVersion03']).optional(),
});

export const rateLimitSchema = object({
  type: oneOf(['Local', 'Global']).optional(),
  local: object({ rules: list(rule, 0, 16).optional() }).optional(),
  global: object({ rules: list(rule, 0, 256) }).optional(),
});
type Rule = ReturnType<typeof rule.parse>;
type Selector = NonNullable<Rule['clientSelectors']>[number];

/** Undefined: nothing is limited. */
export function toLocalLimit({
  type,
  local,
}: ReturnType<typeof rateLimitSchema.parse>): LocalLimit | undefined {
  if (local === undefined || type === 'Global') return undefined;
  const all = local.rules ?? [];
  const otherwise = all.find((one) => !isSelecting(one));
  const rules = all.filter(isSelecting).map(toRule);
  return rules.length === 0 && otherwise === undefined
    ? undefined
    : { otherwise: given(otherwise, limitOf), rules };
}

/** Undefined: nothing is limited. */
export function toGlobalLimit({
  type,
  global,
}: ReturnType<typeof rateLimitSchema.parse>): readonly GlobalRule[] | undefined {
  if (global === undefined || type === 'Local' || global.rules.length === 0) return undefined;
  return global.rules.map((one) => ({
    ...toRule(one),
    shared: one.shared === true,
    responseCost: one.cost?.response?.number,
  }));
}

const isSelecting = ({ clientSelectors = [] }: Rule): boolean => clientSelectors.length > 0;

const limitOf = ({ limit, xRateLimitHeaders }: Rule): LimitValue => ({
  requests: limit.requests,
  unit: limit.unit,
  unitSeconds: UNIT_SECONDS[limit.unit],
  headers: given(xRateLimitHeaders, (option) => option === 'DraftVersion03'),
});

const toRule = (one: Rule): LimitRule => ({
  ...limitOf(one),
  matches: matchesOf(one.clientSelectors ?? []),
  cost: one.cost?.request?.number,
  shadow: one.shadowMode === true,
});

/** Of all selectors, since all of them must hold. */
const matchesOf = (selectors: readonly Selector[]): readonly LimitMatch[] => [
  ...selectors.flatMap(({ headers = [] }) => headers.map((one) => valueMatchOf('header', one))),
  ...selectors.flatMap(({ methods = [] }) => methodsOf(methods)),
  ...selectors.flatMap(({ path }) => (path === undefined ? [] : [pathOf(path)])),
  ...selectors.flatMap(({ sourceCIDR }) => (sourceCIDR === undefined ? [] : addressOf(sourceCIDR))),
  ...selectors.flatMap(({ queryParams = [] }) => queryParams.map((one) => valueMatchOf('query', one))),
];

function valueMatchOf(
  of: 'header' | 'query',
  { type, name, value = '', invert = false }: NonNullable<Selector['headers']>[number],
): LimitMatch {
  const test: LimitTest =
    type === 'Distinct'
      ? { kind: 'distinct' }
      : { kind: type === 'RegularExpression' ? 'regex' : 'exact', value, invert };
  return { of, name, test };
}

/**
 * One of several holds. "Not GET, or not POST" is every method; "not GET, or POST" is the same as "not GET".
 */
function methodsOf(methods: NonNullable<Selector['methods']>): LimitMatch[] {
  const but = new Set(methods.filter(({ invert }) => invert === true).map(({ value }) => value));
  const among = new Set(methods.filter(({ invert }) => invert !== true).map(({ value }) => value));
  if (but.size === 0) return among.size === 0 ? [] : [{ of: 'method', methods: [...among], invert: false }];
  const [only] = but;
  if (but.size > 1 || among.has(only!)) return [];
  return [{ of: 'method', methods: [only!], invert: true }];
}

function pathOf({ type, value = '/', invert = false }: NonNullable<Selector['path']>): LimitMatch {
  const kind = type === 'Exact' ? 'exact' : type === 'RegularExpression' ? 'regex' : 'prefix';
  return { of: 'path', kind, value, invert };
}

function addressOf({
  type,
  value,
  invert = false,
}: NonNullable<Selector['sourceCIDR']>): readonly LimitMatch[] {
  const range = parseCidr(value);
  return range === undefined ? [] : [{ of: 'address', ...range, invert, distinct: type === 'Distinct' }];
}
