/**
 * What all tests stand on: four namespaces, four Gateways and the Services of the echo backends. Each test
 * has a copy of its own, in namespaces and at addresses of its own, so that all are served by one Envoy at
 * once.
 */
import { gatewayClass, service, slice } from '../../../demo/fakes/manifests.ts';
import { authority, authorityMap, type Issued, issue, tlsSecret } from '../../support/certificates.ts';
import { gateway, listener, type Manifest, type Stage } from './words.ts';

const NAMESPACES: Readonly<Record<string, Manifest>> = {
  stage: { conformance: 'stage' },
  apps: { conformance: 'backend' },
  web: { conformance: 'backend' },
  far: {},
};

/** Backends of HTTP by namespace; those of gRPC begin with `call`. */
export const SERVICES: Readonly<Record<string, readonly string[]>> = {
  stage: ['first', 'second', 'third', 'call-one', 'call-two', 'call-three'],
  apps: ['app-one', 'app-two'],
  web: ['web'],
};

/** Further Services with the endpoints of `first`. */
const KINDS: Readonly<Record<string, Manifest>> = {
  'by-hand': { clusterIP: '10.96.0.9' },
  headless: { clusterIP: 'None', selector: { app: 'first' } },
  'headless-by-hand': { clusterIP: 'None' },
};

/** Names that the certificate of the HTTPS listeners is for. */
const SERVED = ['shop.test', 'second.test', '*.wild.test', 'unknown.test'];

/** What the certificate of the backends over TLS is for. */
export const LOCKED = {
  dnsNames: ['locked.test', 'other.locked.test'],
  uris: ['spiffe://locked.test/backend'],
};

export interface Certificates {
  readonly ca: Issued;
  readonly served: Issued;
  readonly locked: Issued;
  /** What Envoy shows to backends: the Secret `proof`. */
  readonly proof: Issued;
  /** Of clients, by the name of the map with their authority. */
  readonly shown: Readonly<Record<'clients' | 'port-clients', Issued>>;
  /** Maps with authorities: that of the backends, and another. */
  readonly maps: readonly Manifest[];
}
export function makeCertificates(): Certificates {
  const ca = authority('Conformance CA');
  const [some, others] = [authority('Clients CA'), authority('Other clients CA')];
  const maps = [
    authorityMap('authority', ca),
    authorityMap('other-authority', authority('Another CA')),
    authorityMap('clients', some),
    authorityMap('port-clients', others),
  ];
  return {
    ca,
    served: issue({ name: 'served', dnsNames: SERVED, issuer: ca }),
    locked: issue({ name: 'locked', ...LOCKED, issuer: ca }),
    proof: issue({ name: 'proof', issuer: ca }),
    shown: {
      clients: issue({ name: 'a client', issuer: some }),
      'port-clients': issue({ name: 'another client', issuer: others }),
    },
    maps: maps.map((one) => ({ ...one, metadata: { ...(one.metadata as Manifest), namespace: 'stage' } })),
  };
}

const secure = (name: string, hostname?: string): Manifest =>
  listener(name, 443, {
    protocol: 'HTTPS',
    tls: { certificateRefs: [{ group: '', kind: 'Secret', name: 'served', namespace: 'stage' }] },
    ...(hostname === undefined ? {} : { hostname }),
  });
const from = (namespaces: Manifest): Manifest => ({ allowedRoutes: { namespaces } });

const gateways: readonly Manifest[] = [
  gateway('own', [listener('http', 80)]),
  gateway('open', [listener('http', 80, from({ from: 'All' }))]),
  gateway('chosen', [
    listener('http', 80, from({ from: 'Selector', selector: { matchLabels: { conformance: 'backend' } } })),
  ]),
  gateway('secure', [
    secure('any'),
    secure('one', 'second.test'),
    secure('wild', '*.wild.test'),
    secure('in-wild', 'fourth.wild.test'),
  ]),
];

/** Services with the ports that the suite's have, and their endpoints. */
function services(namespace: string, name: string, port: number): Manifest[] {
  const grpc = name.startsWith('call');
  const ports = [
    { name: 'plain', port: 8080, targetPort: 3000, ...(grpc ? { appProtocol: 'kubernetes.io/h2c' } : {}) },
    ...(grpc ? [] : [{ name: 'datagrams', protocol: 'UDP', port: 8080, targetPort: 3000 }]),
    ...(name === 'first'
      ? [
          { name: 'h2c', port: 8081, targetPort: 3001, appProtocol: 'kubernetes.io/h2c' },
          { name: 'ws', port: 8082, targetPort: 3000, appProtocol: 'kubernetes.io/ws' },
        ]
      : []),
  ];
  const at = { namespace };
  return [
    service(name, {}, { metadata: at, spec: { ...KINDS[name], ports } }),
    {
      ...slice(`${name}-1`, name, ['127.0.0.1'], at),
      ports: ports.map(({ name: of, protocol = 'TCP' }) => ({ name: of, protocol, port })),
    },
  ];
}

/** Backends over TLS; a Service whose name begins with one of these leads to it. */
export const TLS_BACKENDS = ['locked-call', 'locked-two', 'locked-asking', 'locked'];
/** It wants to be shown a certificate. */
export const ASKING = 'locked-asking';

/** One for each name in the text that begins as theirs do. */
function lockedServices(text: string, ports: ReadonlyMap<string, number>): Manifest[] {
  const names = new Set([...text.matchAll(/"(locked[a-z-]*)"/g)].map((match) => match[1]!));
  return [...names].flatMap((name) => {
    const port = ports.get(TLS_BACKENDS.find((one) => name.startsWith(one))!)!;
    const listed = [
      { name: 'tls', port: 443, targetPort: 8443 },
      { name: 'tls-two', port: 8443, targetPort: 8443 },
    ];
    return ['stage', 'apps'].flatMap((namespace) => [
      service(name, {}, { metadata: { namespace }, spec: { ports: listed } }),
      {
        ...slice(`${name}-1`, name, ['127.0.0.1'], { namespace }),
        ports: listed.map((one) => ({ name: one.name, port })),
      },
    ]);
  });
}

/** In any depth: `namespace: stage` becomes `namespace: t7-stage`. */
const moved = (value: unknown, id: string): unknown => {
  if (Array.isArray(value)) return value.map((one) => moved(one, id));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      key === 'namespace' && String(one) in NAMESPACES ? `${id}-${one}` : moved(one, id),
    ]),
  );
};

/** Gateways without addresses get some of 127.40.0.0/16, in the order in which they stand. */
export const addressOf = (index: number, gateway: number): string => `127.40.${index}.${gateway + 1}`;

export interface Placed {
  /** Before the names of namespaces. */
  readonly id: string;
  readonly manifests: readonly Manifest[];
  /** Gateway → address. */
  readonly addresses: ReadonlyMap<string, string>;
}

/** The manifests of one test in the namespaces of its own, with what it uses of the base. */
export function place(
  index: number,
  { manifests = [] }: Stage,
  ports: ReadonlyMap<string, number>,
  { served, proof, maps }: Certificates,
): Placed {
  const text = JSON.stringify(manifests);
  const used = (one: Manifest): boolean => text.includes(`"${one.metadata.name}"`);
  const ownGateways = manifests.filter(({ kind }) => kind === 'Gateway');
  const all = [...gateways.filter(used), ...ownGateways];
  const addresses = new Map(all.map((one, i) => [String(one.metadata.name), addressOf(index, i)]));
  const id = `t${index}`;
  const at = (one: Manifest): Manifest =>
    one.kind !== 'Gateway'
      ? one
      : {
          ...one,
          spec: { addresses: [{ type: 'IPAddress', value: addresses.get(one.metadata.name) }], ...one.spec },
        };
  const whole = [
    ...Object.entries(NAMESPACES).map(([name, labels]) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: `${id}-${name}`, labels },
    })),
    ...['stage', 'web'].map((namespace) => tlsSecret('served', served, { namespace }) as Manifest),
    ...[tlsSecret('proof', proof, { namespace: 'stage' })].filter(used),
    ...Object.entries(SERVICES).flatMap(([namespace, names]) =>
      [...names, ...(namespace === 'stage' ? Object.keys(KINDS) : [])]
        .filter((name) => text.includes(`"${name}"`))
        .flatMap((name) => services(namespace, name, ports.get(name in KINDS ? 'first' : name)!)),
    ),
    ...lockedServices(text, ports),
    ...maps.filter(used),
    ...gateways.filter(used),
    ...manifests,
  ];
  return { id, addresses, manifests: whole.map((one) => moved(at(one), id) as Manifest) };
}

export const shared: readonly Manifest[] = [gatewayClass];
