/**
 * What a test of Gateway API's conformance suite is made of here: manifests on a common base, requests with
 * what must become of them, and conditions. The facts are the suite's; names and words are ours.
 */
import { type Manifest, ref } from '../../../demo/fakes/manifests.ts';

export { type Manifest, ref } from '../../../demo/fakes/manifests.ts';

/** Values of headers by name. Several values: any of them is right. */
export type Values = Readonly<Record<string, string | readonly string[]>>;

/** How the echo backend behaves for a request; sent along in a header. */
export interface Behaviour {
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
  /** The first attempts get `status` (absent: the connection is cut), and `failMs` pass before. */
  readonly fails?: number;
  readonly status?: number;
  readonly failMs?: number;
}

export interface Ask {
  readonly path: string;
  /** Absent: `www.example.com`. */
  readonly host?: string;
  /** Absent: GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly echo?: Behaviour;
  /** Gateway and port of the listener; absent: `own`, 80. */
  readonly gateway?: string;
  readonly port?: number;
  /** Over TLS, with this server name. */
  readonly tls?: string;
  /** The certificate that the client shows, by the authority that stands behind it. */
  readonly shown?: 'clients' | 'port-clients';
  /**
   * `h2`: with prior knowledge, or by ALPN. `websocket`: an upgrade, and bytes both ways. `udp`: a datagram.
   */
  readonly protocol?: 'h2' | 'websocket' | 'grpc' | 'udp';
  /**
   * A backend's name, or the status of an answer that is Envoy's own; of gRPC, `grpc-status`. `any`: some
   * backend; `closed`: no answer, the connection ends.
   */
  readonly gets: string | number | readonly number[];
  /** What the backend sees; path, host and method are compared where they are given. */
  readonly arrives?: {
    readonly path?: string;
    readonly host?: string;
    readonly version?: string;
    readonly headers?: Values;
    readonly absent?: readonly string[];
  };
  /** What the client sees. */
  readonly answers?: { readonly headers?: Values; readonly absent?: readonly string[] };
  /** Where a redirect leads. Without `port` none may be named but the scheme's own. */
  readonly leads?: {
    readonly scheme?: string;
    readonly host?: string;
    readonly port?: string;
    readonly path?: string;
  };
  /** A header at the backend that says the name of the one that answers. */
  readonly told?: string;
  /** Backends that get a copy; with a number, in this share of the requests. */
  readonly copies?: readonly string[] | Readonly<Record<string, number>>;
  /** Each of many requests on a connection of its own. */
  readonly fresh?: true;
  /** Many requests: which share each backend gets. */
  readonly shares?: Readonly<Record<string, number>>;
}

/**
 * What `check` says of a resource: `Accepted=True`, `ResolvedRefs=False InvalidKind`, `attachedRoutes=0`;
 * `sets=1` of a Gateway, for attached ListenerSets.
 */
export type States = Readonly<Record<string, readonly string[]>>;

export interface Stage {
  readonly manifests?: readonly Manifest[];
  readonly asks?: readonly Ask[];
  /**
   * By `HTTPRoute name`, `HTTPRoute name/parent` or `Gateway name/listener`. Routes that are not named are
   * accepted and resolved.
   */
  readonly states?: States;
}

export interface Trial extends Stage {
  /** The test's name in the suite. */
  readonly name: string;
  /** Features of the suite beyond the core of its profile. */
  readonly extended?: readonly string[];
  /** What it is changed into, with its manifests as a whole. */
  readonly later?: Stage;
  /** It cannot be played without a Kubernetes cluster, because … */
  readonly cluster?: string;
  /** It is for other implementations: those that … */
  readonly apart?: string;
  /** It does not pass, because …; without manifests it is not played either. */
  readonly unmet?: string;
}

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const resource = (kind: string, name: string, spec: Manifest, namespace: string): Manifest => ({
  apiVersion: GATEWAY_API,
  kind,
  metadata: { name, namespace },
  spec,
});

export const prefix = (value: string, more: Manifest = {}): Manifest => ({
  path: { type: 'PathPrefix', value },
  ...more,
});
export const exact = (value: string): Manifest => ({ path: { type: 'Exact', value } });
/** Header or query parameter matches, from names and values. */
export const pairs = (values: Readonly<Record<string, string>>): Manifest[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));
export const withHeaders = (values: Readonly<Record<string, string>>, more: Manifest = {}): Manifest => ({
  headers: pairs(values),
  ...more,
});

/** To Services of the base: a name, or a backendRef as it is in the API. */
export const to = (...backends: readonly (string | Manifest)[]): Manifest[] =>
  backends.map((one) => (typeof one === 'string' ? ref(one, { port: 8080 }) : { port: 8080, ...one }));
/** A rule for one match or several; `backends` go to port 8080. */
export const rule = (
  match: Manifest | readonly Manifest[] | undefined,
  backends: readonly (string | Manifest)[] | string | undefined,
  more: Manifest = {},
): Manifest => ({
  ...(match === undefined ? {} : { matches: Array.isArray(match) ? match : [match] }),
  ...(backends === undefined
    ? {}
    : { backendRefs: typeof backends === 'string' ? to(backends) : to(...backends) }),
  ...more,
});

/** `metadata.namespace` is `stage` unless `at` says otherwise; its parent is the Gateway `own`. */
export const route = (name: string, rules: readonly Manifest[], spec: Manifest = {}, at = 'stage') =>
  resource('HTTPRoute', name, { parentRefs: [{ name: 'own' }], ...spec, rules }, at);
export const grpcRoute = (name: string, rules: readonly Manifest[], spec: Manifest = {}) =>
  resource('GRPCRoute', name, { parentRefs: [{ name: 'own' }], ...spec, rules }, 'stage');
export const gateway = (name: string, listeners: readonly Manifest[], spec: Manifest = {}, at = 'stage') =>
  resource('Gateway', name, { gatewayClassName: 'eg', ...spec, listeners }, at);
export const listenerSet = (name: string, parent: string, listeners: readonly Manifest[], at = 'stage') =>
  resource('ListenerSet', name, { parentRef: { name: parent, namespace: 'stage' }, listeners }, at);
/** A TLSRoute or TCPRoute with one rule. */
export const connectionRoute = (
  kind: 'TLSRoute' | 'TCPRoute' | 'UDPRoute',
  name: string,
  backendRefs: readonly Manifest[],
  spec: Manifest,
  metadata: Manifest = {},
): Manifest => ({
  apiVersion: `gateway.networking.k8s.io/${kind === 'TLSRoute' ? 'v1' : 'v1alpha2'}`,
  kind,
  metadata: { name, namespace: 'stage', ...metadata },
  spec: { ...spec, rules: [{ backendRefs }] },
});
/** HTTP, for routes of its own namespace. */
export const listener = (name: string, port: number, more: Manifest = {}): Manifest => ({
  name,
  port,
  protocol: 'HTTP',
  allowedRoutes: { namespaces: { from: 'Same' } },
  ...more,
});
export const grant = (name: string, at: string, from: Manifest, target: Manifest): Manifest =>
  resource('ReferenceGrant', name, { from: [from], to: [target] }, at);

/** `gets`: a backend's name, or a status. */
export const ask = (path: string, gets: Ask['gets'], more: Omit<Ask, 'path' | 'gets'> = {}): Ask => ({
  path,
  gets,
  ...more,
});
/** A call of gRPC, by the name of its method. */
export const call = (method: string, gets: Ask['gets'], more: Omit<Ask, 'path' | 'gets'> = {}): Ask =>
  ask(`/echo.Echo/${method}`, gets, { protocol: 'grpc', ...more });
/** The status of gRPC for a method that is not there. */
export const UNIMPLEMENTED = 12;
