/**
 * One Envoy with two clusters in front of one backend: `native` weighs by load reports as they come, `filter`
 * has loadstar.report before the upstream codec. The backend speaks HTTP/1.1 by hand, so that a response can
 * have any bytes, in headers and trailers; Envoy's trace log tells what its parser made of each report.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { connections, http1 } from '../../../demo/fakes/http1.ts';
import { type Bootstrap, Envoy } from '../../support/envoy.ts';
import { eventually } from '../../support/eventually.ts';
import { wasmPath } from '../../support/translate.ts';

export type Side = 'native' | 'filter';
export type Lines = readonly (readonly [name: string, value: string])[];

export interface Response {
  readonly headers: Lines;
  readonly trailers: Lines;
}

/** What Envoy made of the report of one response. */
export type Reading =
  /** Parsed. The values are those of Envoy's own text form of the message. */
  | { readonly kind: 'report'; readonly metrics: Readonly<Record<string, number>> }
  | { readonly kind: 'refused'; readonly why: string }
  /** No report in the response. */
  | { readonly kind: 'none' }
  /** Envoy answered itself, because it did not accept the response. */
  | { readonly kind: 'reset'; readonly status: number };

const type = (name: string): string => `type.googleapis.com/envoy.${name}`;

function cluster(name: Side, port: number, metricNames: readonly string[]): Record<string, unknown> {
  const report = {
    name: 'loadstar.report',
    typed_config: {
      '@type': type('extensions.filters.http.wasm.v3.Wasm'),
      config: {
        name: 'loadstar.report',
        vm_config: {
          vm_id: 'loadstar',
          runtime: 'envoy.wasm.runtime.v8',
          code: { local: { filename: wasmPath() } },
        },
        configuration: {
          '@type': 'type.googleapis.com/google.protobuf.StringValue',
          value: JSON.stringify({ role: 'report', cluster: name, strip: false, metricNames }),
        },
        failure_policy: 'FAIL_RELOAD',
      },
    },
  };
  const codec = {
    name: 'envoy.filters.http.upstream_codec',
    typed_config: { '@type': type('extensions.filters.http.upstream_codec.v3.UpstreamCodec') },
  };
  return {
    name,
    type: 'STATIC',
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          lb_endpoints: [
            { endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } },
          ],
        },
      ],
    },
    load_balancing_policy: {
      policies: [
        {
          typed_extension_config: {
            name: 'envoy.load_balancing_policies.client_side_weighted_round_robin',
            typed_config: {
              '@type': type(
                'extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin',
              ),
              metric_names_for_computing_utilization: metricNames,
              // Nobody looks at the weights, and each update is a line in the log.
              weight_update_period: '3600s',
            },
          },
        },
      ],
    },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': type('extensions.upstreams.http.v3.HttpProtocolOptions'),
        explicit_http_config: { http_protocol_options: { enable_trailers: true } },
        // Above Envoy's default of 60: reports longer than a header may usually be shall reach the parser
        // too.
        common_http_protocol_options: { max_response_headers_kb: 1024 },
        ...(name === 'filter' ? { http_filters: [report, codec] } : {}),
      },
    },
  };
}

const bootstrap = (port: number, metricNames: readonly string[]): Bootstrap => ({
  static_resources: {
    listeners: [
      {
        name: 'main',
        address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
        filter_chains: [
          {
            filters: [
              {
                name: 'envoy.filters.network.http_connection_manager',
                typed_config: {
                  '@type': type(
                    'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
                  ),
                  stat_prefix: 'main',
                  route_config: {
                    virtual_hosts: [
                      {
                        name: 'all',
                        domains: ['*'],
                        // What came back is not of interest here, and may be larger than a client takes.
                        response_headers_to_remove: ['endpoint-load-metrics', 'endpoint-load-metrics-bin'],
                        routes: (['native', 'filter'] as const).map((name) => ({
                          match: { prefix: `/${name}/` },
                          route: { cluster: name },
                        })),
                      },
                    ],
                  },
                  http_filters: [
                    {
                      name: 'envoy.filters.http.router',
                      typed_config: { '@type': type('extensions.filters.http.router.v3.Router') },
                    },
                  ],
                },
              },
            ],
          },
        ],
      } as object,
    ],
    clusters: [cluster('native', port, metricNames), cluster('filter', port, metricNames)],
  },
});

export class OrcaLab {
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #envoy: Envoy;
  readonly #agent = connections(1);
  readonly #replies: Response[];

  private constructor(server: Server, sockets: Set<Socket>, envoy: Envoy, replies: Response[]) {
    this.#server = server;
    this.#sockets = sockets;
    this.#envoy = envoy;
    this.#replies = replies;
  }

  /** @param metricNames metricNamesForComputingUtilization of both clusters. */
  static async start(metricNames: readonly string[]): Promise<OrcaLab> {
    const replies: Response[] = [];
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      let read = '';
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        read += chunk.toString('latin1');
        const end = read.indexOf('\r\n\r\n');
        if (end < 0) return;
        const index = Number(/^GET \/\w+\/(\d+)/.exec(read)?.[1]);
        read = read.slice(end + 4);
        socket.write(Buffer.from(wire(replies[index]!), 'latin1'));
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { port: number };
    const envoy = await Envoy.start(bootstrap(port, metricNames), {
      componentLogLevel: 'upstream:trace,router:trace',
    });
    return new OrcaLab(server, sockets, envoy, replies);
  }

  /** Sends the responses one after the other, and reads what Envoy logged about each. */
  async read(side: Side, responses: readonly Response[]): Promise<Reading[]> {
    const first = this.#replies.length;
    this.#replies.push(...responses);
    const readings: Reading[] = [];
    for (const [i] of responses.entries()) {
      const from = this.#envoy.log.length;
      const path = `/${side}/${first + i}`;
      const { status } = await http1({ port: this.#envoy.port('main'), path, agent: this.#agent });
      // Log lines of this request come before the first line of the next one.
      await http1({ port: this.#envoy.port('main'), path: '/end', agent: this.#agent });
      const log = await eventually('Envoy has logged the request', () => {
        const text = this.#envoy.log.slice(from);
        const end = text.indexOf("no route match for URL '/end'");
        if (end < 0) throw new Error('not yet');
        return text.slice(0, end);
      });
      readings.push(status === 200 ? reading(log) : { kind: 'reset', status });
    }
    return readings;
  }

  /** Of the Envoy that runs: `1.40.0`. */
  async version(): Promise<string> {
    const info = JSON.parse(await this.#envoy.admin.text('/server_info')) as { version: string };
    return info.version.split('/')[1]!;
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.#envoy.stop();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }
}

function wire({ headers, trailers }: Response): string {
  const lines = (fields: Lines): string => fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 200 OK\r\n${lines(headers)}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${lines(trailers)}\r\n`;
}

/** Envoy's lines about a report: its text form, or why there is none. */
function reading(log: string): Reading {
  const parsed = /orca_load_report for \S+ report = ([\s\S]*?)(?=\n\[\d{4}-|$)/.exec(log);
  if (parsed !== null) return { kind: 'report', metrics: metricsOf(parsed[1]!) };
  // One line for the headers and one for the trailers; the first may say that there is nothing, and the
  // second more.
  const refusals = [...log.matchAll(/Headers don't have orca load report: ([\s\S]*?)(?=\n\[\d{4}-|$)/g)]
    .map(([, why]) => why!.trim())
    .filter((why) => why !== 'no ORCA data sent from the backend');
  return refusals[0] === undefined ? { kind: 'none' } : { kind: 'refused', why: refusals[0] };
}

/**
 * `cpu_utilization: 0.5` lines and `named_metrics { key: "a" value: 0.5 }` blocks of protobuf's text format.
 */
function metricsOf(text: string): Record<string, number> {
  const metrics: Record<string, number> = {};
  const block = /(\w+) \{\s*(?:key: "((?:[^"\\]|\\.)*)"\s*)?(?:value: (\S+)\s*)?\}|(\w+): (\S+)/g;
  for (const [, map, key, value, field, plain] of text.matchAll(block)) {
    if (map !== undefined) metrics[`${map}.${key ?? ''}`] = number(value ?? '0');
    else if (field !== undefined) metrics[field] = number(plain!);
  }
  return metrics;
}

const number = (text: string): number =>
  text === 'inf' ? Number.POSITIVE_INFINITY : text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text);
