/** Gateway: clients are asked for certificates (`spec.tls.frontend`). */
import { type Ask, ask, gateway, listener, type Manifest, route, rule, type Trial } from '../words.ts';

const FEATURE = 'GatewayFrontendClientCertificateValidation';
const https = (name: string, port: number, hostname?: string): Manifest =>
  listener(name, port, {
    protocol: 'HTTPS',
    tls: { certificateRefs: [{ group: '', kind: 'Secret', name: 'served' }] },
    ...(hostname === undefined ? {} : { hostname }),
  });
const by = (name: string, more: Manifest = {}): Manifest => ({
  validation: { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name, ...more }] },
});
const asking = (whole: Manifest, ports: Readonly<Record<number, Manifest>>): Manifest => ({
  tls: {
    frontend: {
      default: whole,
      perPort: Object.entries(ports).map(([port, tls]) => ({ port: Number(port), tls })),
    },
  },
});
const fallback = ({ validation }: Manifest): Manifest => ({
  validation: { ...validation, mode: 'AllowInsecureFallback' },
});
const at = (sectionName?: string) => ({
  parentRefs: [{ name: 'asking', ...(sectionName === undefined ? {} : { sectionName }) }],
});
const shops = [
  route('one', [rule(undefined, 'first')], { ...at(), hostnames: ['shop.test'] }),
  route('two', [rule(undefined, 'second')], at('port')),
];
const pair = (spec: Manifest): Manifest[] => [
  gateway('asking', [https('https', 443), https('port', 8443, 'second.test')], spec),
  ...shops,
];
const over = (port: 443 | 8443, shown: Ask['shown'], gets: Ask['gets']): Ask => {
  const name = port === 443 ? 'shop.test' : 'second.test';
  return ask('/', gets, { gateway: 'asking', port, tls: name, host: name, ...(shown && { shown }) });
};
const GOOD = ['ResolvedRefs=True', 'Accepted=True', 'Programmed=True'];
const bad = (reason: string) => [
  `ResolvedRefs=False ${reason}`,
  'Accepted=False NoValidCACertificate',
  'Programmed=False',
];

export const clients: readonly Trial[] = [
  {
    name: 'GatewayFrontendClientCertificateValidation',
    extended: [FEATURE],
    manifests: pair(asking(by('clients'), { 8443: by('port-clients') })),
    asks: [
      over(443, 'clients', 'first'),
      over(443, 'port-clients', 'closed'),
      over(8443, 'port-clients', 'second'),
      over(8443, 'clients', 'closed'),
    ],
  },
  {
    name: 'GatewayFrontendClientCertificateValidationInsecureFallback',
    extended: [FEATURE, `${FEATURE}InsecureFallback`],
    manifests: pair(asking(fallback(by('clients')), { 8443: fallback(by('port-clients')) })),
    asks: (['clients', 'port-clients', undefined] as const).flatMap((shown) => [
      over(443, shown, 'first'),
      over(8443, shown, 'second'),
    ]),
    states: { 'Gateway asking': ['InsecureFrontendValidationMode=True ConfigurationChanged'] },
  },
  {
    name: 'GatewayFrontendInvalidDefaultClientCertificateValidation',
    extended: [FEATURE],
    manifests: [
      gateway(
        'asking',
        [https('https', 443), listener('http', 80)],
        asking(by('not-there'), { 80: by('port-clients') }),
      ),
      shops[0]!,
    ],
    asks: [ask('/', 'first', { gateway: 'asking', host: 'shop.test' }), over(443, undefined, 'closed')],
    states: {
      'Gateway asking/http': GOOD,
      'Gateway asking/https': bad('InvalidCACertificateRef'),
      'HTTPRoute one': ['Accepted=True'],
    },
  },
  {
    name: 'GatewayInvalidFrontendClientCertificateValidation',
    extended: [FEATURE],
    manifests: [
      gateway(
        'asking',
        [
          https('https', 443),
          https('missing', 7443, 'shop.test'),
          https('kind', 8443, 'second.test'),
          https('denied', 6443, 'unknown.test'),
        ],
        asking(by('clients'), {
          7443: by('not-there'),
          8443: by('second', { kind: 'Service' }),
          6443: by('clients', { namespace: 'web' }),
        }),
      ),
    ],
    states: {
      'Gateway asking/https': GOOD,
      'Gateway asking/missing': bad('InvalidCACertificateRef'),
      'Gateway asking/kind': bad('InvalidCACertificateKind'),
      'Gateway asking/denied': bad('RefNotPermitted'),
    },
  },
];
