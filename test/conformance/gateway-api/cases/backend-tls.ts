/** BackendTLSPolicy: backends are called over TLS, verified, or not at all. */
import {
  type Ask,
  ask,
  call,
  exact,
  grpcRoute,
  type Manifest,
  ref,
  route,
  rule,
  type Trial,
} from '../words.ts';

const HOSTS = { hostnames: ['shop.test'] };
const at = { host: 'shop.test' };
const FAILED = [500, 502, 503];
const ACCEPTED = ['Accepted=True Accepted', 'ResolvedRefs=True ResolvedRefs'];

/** Each path leads to the port 443 of the Service of its name, or to another port. */
const routeTo = (...names: readonly (string | readonly [path: string, service: string, port: number])[]) =>
  route(
    'over-tls',
    names.map((one) => {
      const [path, name, port] = typeof one === 'string' ? [one, one, 443] : one;
      return rule(exact(`/${path}`), [ref(name, { port })]);
    }),
    HOSTS,
  );
const policy = (
  name: string,
  service: string,
  { section, ca = 'authority', ...validation }: Manifest = {},
): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'BackendTLSPolicy',
  metadata: { name, namespace: 'stage' },
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name: service, ...(section && { sectionName: section }) }],
    validation: {
      caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: ca }],
      hostname: 'locked.test',
      ...validation,
    },
  },
});
const called = (path: string, sni: string, more: Partial<Ask> = {}): Ask =>
  ask(`/${path}`, 'locked', { ...at, answers: { headers: { 'x-sni': sni } }, ...more });
const failed = (path: string): Ask => ask(`/${path}`, FAILED, at);
const uri = (host: string) => ({ type: 'URI', uri: `spiffe://${host}/backend` });
const dns = (hostname: string) => ({ type: 'Hostname', hostname });
const states = (names: readonly string[], said: readonly string[]) =>
  Object.fromEntries(names.map((name) => [`BackendTLSPolicy ${name}`, said]));

const ALT_NAMES = {
  'locked-dns': [dns('locked.test')],
  'locked-dns-wrong': [dns('wrong.test')],
  'locked-uri': [uri('locked.test')],
  'locked-uri-wrong': [uri('wrong.test')],
  'locked-some': [uri('locked.test'), dns('locked.test')],
  'locked-some-wrong': [uri('wrong.test'), dns('wrong.test')],
};
const reduced = { caCertificateRefs: [{ group: 'other.example', kind: 'Odd', name: 'odd' }] };
const invalid = (reason: string) => ['Accepted=False NoValidCACertificate', `ResolvedRefs=False ${reason}`];

export const backendTls: readonly Trial[] = [
  {
    name: 'BackendTLSPolicy',
    extended: ['BackendTLSPolicy'],
    manifests: [
      routeTo('locked-good', 'locked-name', 'locked-ca', 'locked-renewed'),
      route('again', [rule(exact('/locked-good'), [ref('locked-good', { port: 443 })])], {
        parentRefs: [{ name: 'secure' }],
        ...HOSTS,
      }),
      policy('good', 'locked-good', { section: 'tls' }),
      policy('name', 'locked-name', { section: 'tls', hostname: 'wrong.test' }),
      policy('ca', 'locked-ca', { section: 'tls', ca: 'other-authority' }),
      policy('renewed', 'locked-renewed', { section: 'tls', ca: 'missing' }),
    ],
    asks: [
      called('locked-good', 'locked.test', { gateway: 'secure', tls: 'shop.test' }),
      called('locked-good', 'locked.test'),
      failed('locked-name'),
      failed('locked-ca'),
      failed('locked-renewed'),
    ],
    states: {
      ...states(['good', 'name', 'ca'], ACCEPTED),
      ...states(['renewed'], invalid('InvalidCACertificateRef')),
      'HTTPRoute over-tls': ['Accepted=True'],
    },
    later: {
      manifests: [routeTo('locked-renewed'), policy('renewed', 'locked-renewed', { section: 'tls' })],
      asks: [called('locked-renewed', 'locked.test')],
      states: states(['renewed'], ACCEPTED),
    },
  },
  {
    name: 'BackendTLSPolicyConflictResolution',
    extended: ['BackendTLSPolicy'],
    manifests: [
      routeTo(
        'locked-whole',
        'locked-port',
        ['first-port', 'locked-both', 443],
        ['other-port', 'locked-both', 8443],
      ),
      policy('whole-a', 'locked-whole', { hostname: 'other.locked.test' }),
      policy('whole-b', 'locked-whole'),
      policy('port-a', 'locked-port', { section: 'tls', hostname: 'other.locked.test' }),
      policy('port-b', 'locked-port', { section: 'tls' }),
      policy('both-port', 'locked-both', { section: 'tls', hostname: 'other.locked.test' }),
      policy('both-whole', 'locked-both'),
    ],
    asks: [
      called('locked-whole', 'other.locked.test'),
      called('locked-port', 'other.locked.test'),
      called('first-port', 'other.locked.test'),
      called('other-port', 'locked.test'),
    ],
    states: {
      ...states(['whole-a', 'port-a', 'both-port', 'both-whole'], ['Accepted=True Accepted']),
      ...states(['whole-b', 'port-b'], ['Accepted=False Conflicted']),
    },
  },
  {
    name: 'BackendTLSPolicySANValidation',
    extended: ['BackendTLSPolicy', 'BackendTLSPolicySANValidation'],
    manifests: [
      routeTo(...Object.keys(ALT_NAMES)),
      ...Object.entries(ALT_NAMES).map(([name, subjectAltNames]) =>
        policy(`for-${name}`, name, { section: 'tls', subjectAltNames }),
      ),
    ],
    asks: Object.keys(ALT_NAMES).map((name) =>
      name.endsWith('wrong') ? failed(name) : called(name, 'locked.test'),
    ),
    states: states(
      Object.keys(ALT_NAMES).map((name) => `for-${name}`),
      ['Accepted=True Accepted'],
    ),
  },
  {
    name: 'BackendTLSPolicyInvalidCACertificateRef',
    extended: ['BackendTLSPolicy'],
    manifests: [
      routeTo('locked-missing', 'locked-empty'),
      policy('missing', 'locked-missing', { ca: 'not-there' }),
      policy('empty', 'locked-empty', { ca: 'empty-map' }),
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'empty-map', namespace: 'stage' }, data: {} },
    ],
    asks: [failed('locked-missing'), failed('locked-empty')],
    states: {
      ...states(['missing', 'empty'], invalid('InvalidCACertificateRef')),
      'HTTPRoute over-tls': ['Accepted=True'],
    },
  },
  {
    name: 'BackendTLSPolicyInvalidKind',
    extended: ['BackendTLSPolicy'],
    manifests: [routeTo('locked-odd'), policy('odd', 'locked-odd', reduced)],
    asks: [failed('locked-odd')],
    states: { ...states(['odd'], invalid('InvalidKind')), 'HTTPRoute over-tls': ['Accepted=True'] },
  },
  {
    name: 'BackendTLSPolicyGRPCRoute',
    extended: ['BackendTLSPolicy'],
    manifests: [
      grpcRoute(
        'over-tls',
        ['Say', 'Tell', 'Sing'].map((method, i) =>
          rule({ method: { service: 'echo.Echo', method } }, [
            ref(['locked-call', 'locked-call-name', 'locked-call-ca'][i]!, { port: 443 }),
          ]),
        ),
        HOSTS,
      ),
      policy('good', 'locked-call', { section: 'tls' }),
      policy('name', 'locked-call-name', { section: 'tls', hostname: 'wrong.test' }),
      policy('ca', 'locked-call-ca', { section: 'tls', ca: 'other-authority' }),
    ],
    // Unavailable, as a gRPC client reads 503.
    asks: [call('Say', 'locked-call', at), call('Tell', 14, at), call('Sing', 14, at)],
    states: states(['good', 'name', 'ca'], ACCEPTED),
  },
  {
    name: 'BackendTLSPolicyObservedGenerationBump',
    extended: ['BackendTLSPolicy'],
    cluster: 'it looks at metadata.generation, which a cluster counts',
  },
];
