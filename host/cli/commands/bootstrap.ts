/**
 * `loadstar bootstrap`: the small file that an Envoy starts with which gets the rest from `loadstar serve`.
 */
import { bootstrap as wholeBootstrap } from '../../envoy/bootstrap.ts';
import { emit, type Format } from '../../envoy/emit.ts';
import type { Plan } from '../../plan/types.ts';
import { EXIT, UsageError } from '../../run/errors.ts';
import {
  fleetCluster,
  loadReporting,
  startBootstrap,
  type XdsAddress,
  type XdsServers,
} from '../../xds/start-bootstrap.ts';
import type { Args } from '../args.ts';
import type { Command } from '../command.ts';
import { ALL } from '../fleet.ts';
import { adminAddress, gatewayName } from '../options.ts';
import { replaceOutput } from '../write-file.ts';
import { clientTlsOptions, threeFiles, xdsAddress } from '../xds-address.ts';

const EMPTY: Plan = { listeners: [], pools: [], certificates: [], authorities: [] };
const MAX_NODE_ID = 256;

export const bootstrap: Command = {
  name: 'bootstrap',
  summary: 'write the file that an Envoy of `serve` starts with',
  usage: '--xds ADDRESS… --node ID [OPTIONS]',
  description: [
    'Everything else comes from the servers at --xds. Several of them serve the same; an Envoy asks another when one is gone.',
    'Certificates are read by Envoy: their paths are those on its machine. Both sides show one. Without --tls-ca, --tls-cert\nand --tls-key this Envoy asks in plain text.',
  ],
  options: {
    xds: {
      value: 'ADDRESS',
      repeatable: true,
      help: 'HOST:PORT or unix:PATH, as `serve --listen`; repeatable',
    },
    node: { value: 'ID', help: 'the name of this Envoy, as `loadstar status` shows it' },
    gateway: { value: 'NS/NAME', help: 'the Gateway that it is for (default: all of the input)' },
    zone: { value: 'ZONE', help: 'zone this Envoy runs in, for zone-aware routing' },
    admin: { value: 'HOST:PORT', help: "address of Envoy's admin interface (default: 127.0.0.1:19000)" },
    ...clientTlsOptions,
    output: {
      short: 'o',
      value: 'FILE',
      help: 'write to this file, replacing it in one step (default: standard output)',
    },
    format: { value: 'FORMAT', choices: ['yaml', 'json'], help: 'yaml (default) or json' },
  },
  examples: [
    'loadstar bootstrap --xds 127.0.0.1:18000 --node edge-1 -o edge-1.yaml',
    'loadstar bootstrap --xds xds.internal:18000 --node edge-2 --tls-ca ca.crt --tls-cert tls.crt --tls-key tls.key',
  ],
  async run(args, io) {
    const format: Format = args.one('format') === 'json' ? 'json' : 'yaml';
    const text = emit(edge(args), format);
    const output = args.one('output');
    if (output === undefined || output === '-') io.stdout(text);
    else replaceOutput(output, text);
    return EXIT.good;
  },
};

function edge(args: Args) {
  const id = args.one('node');
  if (id === undefined) throw new UsageError('--node is missing: the name of this Envoy');
  if (id.length > MAX_NODE_ID || /[^\x21-\x7e]/.test(id))
    throw new UsageError(
      `--node must be the name of this Envoy, of at most ${MAX_NODE_ID} characters of ASCII and no blanks, not ${JSON.stringify(id)}`,
    );
  const xds = serversOf(args);
  const zone = args.one('zone');
  const made = wholeBootstrap(EMPTY, {
    engine: 'filter',
    wasm: '',
    admin: adminAddress(args),
  });
  const node = {
    id,
    cluster: gatewayName(args) ?? ALL,
    ...(zone === undefined ? {} : { locality: { zone } }),
  };
  if (zone === undefined) return startBootstrap({ ...made, node, cluster_manager: loadReporting }, xds);
  const zoned = {
    ...{ ...made, node, cluster_manager: { local_cluster_name: fleetCluster.name, ...loadReporting } },
    static_resources: { listeners: [], clusters: [fleetCluster] },
  };
  return startBootstrap(zoned, xds);
}

function serversOf(args: Args): XdsServers {
  const servers = args.many('xds').map((value) => xdsAddress('--xds', value));
  const [first] = servers;
  if (first === undefined)
    throw new UsageError('--xds is missing: HOST:PORT or unix:PATH of `loadstar serve`');
  const files = threeFiles(args, ['tls-ca', 'tls-cert', 'tls-key']);
  if (files === undefined) return { servers };
  const name = args.one('tls-name') ?? nameOf(servers);
  return { servers, tls: { ca: files['tls-ca'], cert: files['tls-cert'], key: files['tls-key'], name } };
}

/** One certificate is asked for, whichever server answers. */
function nameOf(servers: readonly XdsAddress[]): string {
  const names = [...new Set(servers.flatMap((one) => ('path' in one ? [] : [one.address])))];
  if (names.length === 1) return names[0]!;
  throw new UsageError('--tls-name is needed: what the certificate of every server is for');
}
