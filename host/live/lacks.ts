/**
 * What came to Envoy after 1.36, field by field, and what an Envoy without it gets instead. Where the field
 * protects, or says who gets what, that is an answer 500 or no route at all, and never more than was meant.
 */
import { extension } from '../envoy/any.ts';
import type { EnvoyRoute, RouteConfiguration } from '../envoy/envoy-types.ts';

export interface Lack {
  readonly kind: 'cds' | 'rds';
  /** In the JSON of a resource that needs it. */
  readonly text: string;
  /** The first version that has it: as the binaries of 1.36.4, 1.37.0, 1.38.3 and 1.39.3 know its name. */
  readonly since: string;
  readonly what: string;
  /** What becomes of it there. */
  readonly so: string;
  readonly instead: (resource: object) => object;
}

const ROUND_ROBIN = extension('envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin', {
  locality_lb_config: { locality_weighted_lb_config: {} },
});
const BY_SOURCE = 'envoy.type.matcher.v3.HttpResponseLocalReplyMatchInput"';
const UNLIMITED = { max_tokens: 4_294_967_295, tokens_per_fill: 4_294_967_295, fill_interval: '1s' };

/** Envoy itself passes over it, and nothing depends on it. */
const same = (resource: object): object => resource;

export const LACKS: readonly Lack[] = [
  {
    kind: 'cds',
    text: '"envoy.load_balancing_policies.wrr_locality"',
    since: '1.37.0',
    what: 'weights of backends under BackendUtilization (wrr_locality)',
    so: 'these hosts are balanced by the weights alone, not by their load',
    instead: (cluster) =>
      replaced(cluster, ({ name }) => name === 'envoy.load_balancing_policies.wrr_locality', ROUND_ROBIN),
  },
  {
    // A client that leaves out its cookie gets the next rule anyway.
    kind: 'rds',
    text: '"cookies":[',
    since: '1.37.0',
    what: 'matches by cookie (cookies)',
    so: 'these rules are left out, and their requests go on to the next one',
    instead: forRoutes('"cookies":[', () => []),
  },
  {
    kind: 'rds',
    text: '"direct_response":{"body_format":',
    since: '1.37.0',
    what: 'bodies with operators in answers of a route (body_format)',
    so: 'these answers have no body',
    instead: same,
  },
  {
    kind: 'rds',
    text: '"remote_address_match":',
    since: '1.38.0',
    what: 'rate limits by ranges of addresses (remote_address_match)',
    so: 'these routes answer 500',
    instead: forRoutes('"remote_address_match":', ({ name, match }) => [
      { name, match, direct_response: { status: 500 } },
    ]),
  },
  {
    kind: 'rds',
    text: BY_SOURCE,
    since: '1.38.0',
    what: 'overrides of answers by their source (HttpResponseLocalReplyMatchInput)',
    so: 'these answers are sent as they come',
    instead: forRoutes(BY_SOURCE, ({ typed_per_filter_config = {}, ...route }) => {
      const { 'envoy.filters.http.custom_response': _, ...others } = typed_per_filter_config;
      return [{ ...route, typed_per_filter_config: others }];
    }),
  },
  {
    kind: 'rds',
    text: '"x_ratelimit_option":',
    since: '1.38.0',
    what: 'x-ratelimit headers by rule (x_ratelimit_option)',
    so: 'answers have those of the whole limit',
    instead: same,
  },
  {
    // Left to itself it would count the limit in earnest.
    kind: 'rds',
    text: '"shadow_mode":',
    since: '1.38.0',
    what: 'rate limits in shadow mode (shadow_mode)',
    so: 'these limits count nothing',
    instead: (table) =>
      replaced(table, ({ shadow_mode }) => shadow_mode === true, {
        ...{ shadow_mode: undefined, token_bucket: UNLIMITED },
      }),
  },
  {
    kind: 'cds',
    text: '"oob_reporting_config":',
    since: '1.39.0',
    what: 'port and authority of out-of-band load reports (oob_reporting_config)',
    so: 'they are asked for at the port of the host',
    instead: same,
  },
];

function forRoutes(text: string, instead: (route: EnvoyRoute) => readonly EnvoyRoute[]) {
  return (resource: object): object => {
    const table = resource as RouteConfiguration;
    const given = (route: EnvoyRoute) => (JSON.stringify(route).includes(text) ? instead(route) : [route]);
    return {
      ...table,
      virtual_hosts: table.virtual_hosts.map((host) => ({ ...host, routes: host.routes.flatMap(given) })),
    };
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** The same with other fields in each object that is meant, at any depth. */
function replaced<T>(value: T, isMeant: (one: Fields) => boolean, fields: object): T {
  if (Array.isArray(value)) return value.map((one) => replaced(one, isMeant, fields)) as T;
  // What is hidden (users, keys) is an object of a class, and stays what it is.
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  if (isMeant(value as Fields)) return { ...value, ...fields };
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, replaced(one, isMeant, fields)]),
  ) as T;
}
