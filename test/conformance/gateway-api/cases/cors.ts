/** HTTPRoute: the filter CORS. */
import { type Ask, ask, type Manifest, prefix, route, rule, type Trial, type Values } from '../words.ts';

const cors = (path: string, fields: Manifest): Manifest =>
  rule(prefix(path), 'first', { filters: [{ type: 'CORS', cors: fields }] });

const MANY = {
  allowOrigins: ['https://www.plum.test', 'https://*.pear.test'],
  allowMethods: ['GET', 'OPTIONS'],
  allowHeaders: ['x-one', 'x-two'],
  exposeHeaders: ['x-three', 'x-four'],
  allowCredentials: true,
  maxAge: 3600,
};
const ANY = { allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'] };
const CREDENTIALS = 'access-control-allow-credentials';
const ORIGIN = 'access-control-allow-origin';

/** What a browser asks before it sends a request of another origin. */
const preflight = (
  path: string,
  origin: string,
  method: string,
  wanted: Values,
  more: Partial<Ask> = {},
): Ask => {
  const { headers, answers, ...rest } = more;
  return ask(path, [200, 204], {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': method, ...headers },
    answers: { headers: wanted, ...answers },
    ...rest,
  });
};
const WANTS = { headers: { 'access-control-request-headers': 'x-one, x-two' } };
const simple = (path: string, origin: string, wanted: Values, absent: string[] = [], method = 'GET'): Ask =>
  ask(path, 'first', { method, headers: { origin }, answers: { headers: wanted, absent } });

const allowed = (origin: string): Values => ({
  [ORIGIN]: origin,
  'access-control-allow-methods': ['GET, OPTIONS', 'OPTIONS, GET'],
  'access-control-allow-headers': ['x-one, x-two', 'x-two, x-one'],
  'access-control-expose-headers': ['x-three, x-four', 'x-four, x-three'],
  'access-control-max-age': '3600',
  [CREDENTIALS]: 'true',
});
/** The origin itself, or all. */
const any = (origin: string): Values => ({ [ORIGIN]: [origin, '*'] });

export const corsFilter: readonly Trial[] = [
  {
    name: 'HTTPRouteCORS',
    extended: ['HTTPRouteCORS'],
    manifests: [
      route('many', [cors('/many', MANY)]),
      route('methods', [cors('/methods', { allowOrigins: ['https://www.plum.test'], allowMethods: ['*'] })]),
      route('origins', [
        cors('/origins', { allowOrigins: ['*'], allowMethods: ['PUT'], allowCredentials: false }),
      ]),
      route('all', [
        cors('/all', { ...ANY, allowCredentials: true }),
        cors('/all-without', { ...ANY, allowCredentials: false }),
      ]),
    ],
    asks: [
      ...['https://www.plum.test', 'https://www.pear.test', 'https://a.www.pear.test'].map((origin) =>
        preflight('/many', origin, 'GET', allowed(origin), WANTS),
      ),
      preflight(
        '/many',
        'https://plumpear.test',
        'GET',
        {},
        { gets: [200, 204, 403], answers: { absent: [ORIGIN] } },
      ),
      ...['https://www.plum.test', 'https://www.pear.test'].map((origin) =>
        simple('/many', origin, { [ORIGIN]: origin }),
      ),
      simple('/many', 'https://plumpear.test', {}, [ORIGIN]),
      preflight(
        '/methods',
        'https://www.plum.test',
        'POST',
        { [ORIGIN]: 'https://www.plum.test', 'access-control-allow-methods': ['POST', '*'] },
        { answers: { absent: [CREDENTIALS] } },
      ),
      ...['https://nut.test', 'https://nut.test:12345'].flatMap((origin) => [
        preflight(
          '/origins',
          origin,
          'PUT',
          { ...any(origin), 'access-control-allow-methods': 'PUT' },
          { answers: { absent: [CREDENTIALS] } },
        ),
        simple('/origins', origin, any(origin), [CREDENTIALS], 'PUT'),
      ]),
      preflight(
        '/all',
        'https://a.plum.test',
        'PUT',
        {
          [ORIGIN]: 'https://a.plum.test',
          'access-control-allow-methods': 'PUT',
          'access-control-allow-headers': ['x-one, x-two', 'x-two, x-one'],
          [CREDENTIALS]: 'true',
        },
        WANTS,
      ),
      preflight(
        '/all-without',
        'https://a.plum.test',
        'PUT',
        {
          ...any('https://a.plum.test'),
          'access-control-allow-methods': ['PUT', '*'],
          'access-control-allow-headers': ['x-one, x-two', 'x-two, x-one', '*'],
        },
        { ...WANTS, answers: { absent: [CREDENTIALS] } },
      ),
      simple('/all', 'https://a.plum.test', { [ORIGIN]: 'https://a.plum.test', [CREDENTIALS]: 'true' }),
      simple('/all-without', 'https://a.plum.test', any('https://a.plum.test'), [CREDENTIALS]),
    ],
  },
];
