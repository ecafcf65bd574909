/** `loadstar explain`: which host a request goes to, and why. */
import { readFileSync } from 'node:fs';
import { emit } from '../../envoy/emit.ts';
import { explain as explainRequest } from '../../explain/explain.ts';
import type { Explanation } from '../../explain/explanation.ts';
import { explainOrca, ORCA_HEADERS, type OrcaPolicy } from '../../explain/orca.ts';
import type { OrcaExplanation } from '../../explain/orca-explanation.ts';
import { renderExplanation } from '../../explain/render-explanation.ts';
import { renderOrca } from '../../explain/render-orca.ts';
import { isConnection, type Request, type Scheme } from '../../explain/request.ts';
import { Filter } from '../../filter/driver.ts';
import { stickyOf } from '../../plan/pools/sticky-of.ts';
import type { Plan } from '../../plan/types.ts';
import { EXIT, RunError, reasonOf, UsageError } from '../../run/errors.ts';
import type { Args } from '../args.ts';
import { askedRequest, readHeader } from '../asked-request.ts';
import type { Command } from '../command.ts';
import { type Details, explainInput } from '../explain-input.ts';
import { load, refusedText, report } from '../input.ts';
import type { Io } from '../io.ts';
import { envoyOptions, envoyValues, inputOptions, wasmPath } from '../options.ts';

export const explain: Command = {
  name: 'explain',
  summary: 'show which host a request goes to, and why',
  usage: '-f PATH… (--host NAME --path PATH | --url URL) [OPTIONS]',
  description: [
    'Follows one request: listener, virtual host, route, the policy that applies, the key, its hash and slot, the host, and\nthe next hosts. It runs the compiled filter and needs no Envoy. If no route serves the request, it shows which routes\ncome nearest, and what is missing. Beside --url, --host is the Host header. Connections are those that TLSRoutes and\nTCPRoutes pass on.',
    'With --orca it shows how a load report is read: by Envoy alone, and by Envoy with the filter. That needs no manifests;\nif there is a request, the metric names of its policy are used.',
  ],
  options: {
    ...inputOptions,
    url: {
      value: 'URL',
      help: 'a request (https://a.example.com/cart) or a connection (tls://a, tcp://a:9000, udp://a:53)',
    },
    host: { value: 'NAME', help: 'host of the request' },
    path: { value: 'PATH', help: 'path of the request, with its query (default: /)' },
    method: { value: 'METHOD', help: 'default: GET' },
    header: { short: 'H', value: "'NAME: VALUE'", repeatable: true, help: 'a request header; repeatable' },
    'source-ip': { value: 'IP', help: 'address of the client (default: 127.0.0.1)' },
    listener: {
      value: 'NAME',
      help: 'name or port of the listener to ask (default: the first that serves the request)',
    },
    unhealthy: {
      value: 'HOST',
      repeatable: true,
      help: 'show what happens when this host is down; repeatable',
    },
    utilization: {
      value: 'HOST=N',
      repeatable: true,
      help: 'show what happens with this load of a host; repeatable',
    },
    orca: {
      value: "'NAME: VALUE'",
      repeatable: true,
      help: 'explain this load report, as a response header; repeatable',
    },
    format: { value: 'FORMAT', choices: ['text', 'json'], help: 'text (default) or json' },
    engine: envoyOptions.engine!,
    wasm: envoyOptions.wasm!,
  },
  operands: 'file',
  examples: [
    "loadstar explain -f manifests/ --host www.example.com --path /cookie -H 'Cookie: FooBar=abc'",
    'loadstar explain -f manifests/ --host www.example.com --path /source --source-ip 10.1.2.3 --unhealthy 127.0.0.11',
    'loadstar explain -f manifests/ --url https://www.example.com/cart',
    "loadstar explain --orca 'endpoint-load-metrics: TEXT cpu=0.3,mem=0.8'",
  ],
  async run(args, io) {
    const orca = args.many('orca').map(parseOrca);
    const named = args.has('host') || args.has('url');
    const asked = named || args.has('path');
    if (orca.length === 0 && !named)
      throw new UsageError('no request is given: --host NAME --path PATH, or --url URL');
    if (args.has('url') && args.has('path'))
      throw new UsageError('--url has a path: --path is not given beside it');
    for (const option of OF_A_REQUEST) {
      if (args.has(option) && !named) throw new UsageError(`--${option} needs a --host`);
    }
    const request = asked ? requestOf(args) : undefined;
    if (request?.url !== undefined) checkConnection(request.url.scheme, args);
    const options = envoyValues(args, io);
    const translation = args.has('file') || asked ? await load(args, io, options) : undefined;
    if (translation !== undefined) {
      report(translation.diagnostics, args.one('format') === 'json' ? 'json' : 'text', io);
      if (translation.refused) {
        if (args.one('format') !== 'json')
          io.stderr(refusedText(translation.diagnostics, 'nothing is explained'));
        return EXIT.refused;
      }
    }
    const module = loadFilter(wasmPath(args.one('wasm'), io));
    const explanation =
      request === undefined || translation === undefined
        ? undefined
        : explainRequest(explainInput(translation, request, module, detailsOf(args)));
    const policy = orcaPolicy(translation?.plan, explanation);
    const reports = orca.map(([name, value]) => explainOrca(module, name, value, policy));
    show(args, io, explanation, reports);
    return EXIT.good;
  },
};

/** Nothing is known of what is in a connection. @throws {UsageError} */
function checkConnection(scheme: Scheme, args: Args): void {
  if (!isConnection(scheme)) return;
  for (const option of ['host', 'method', 'header'] as const)
    if (args.has(option))
      throw new UsageError(`--${option} is of a request: ${scheme}:// asks for a connection`);
}

/** Without a request these options have no effect. */
const OF_A_REQUEST = [
  'path',
  'method',
  'header',
  'source-ip',
  'listener',
  'unhealthy',
  'utilization',
] as const;

function show(
  args: Args,
  io: Io,
  explanation: Explanation | undefined,
  reports: readonly OrcaExplanation[],
): void {
  if (args.one('format') === 'json') {
    io.stdout(emit(reports.length === 0 ? explanation : { ...explanation, loadReports: reports }, 'json'));
    return;
  }
  const parts = explanation === undefined ? [] : [renderExplanation(explanation)];
  io.stdout([...parts, ...reports.map(renderOrca)].join('\n'));
}

const detailsOf = (args: Args): Details => ({
  listener: args.one('listener'),
  unhealthy: args.many('unhealthy'),
  utilization: args.many('utilization'),
});

const requestOf = (args: Args): Request =>
  askedRequest({
    url: args.one('url'),
    host: args.one('host'),
    path: args.one('path'),
    method: args.one('method'),
    headers: args.many('header'),
    sourceIp: args.one('source-ip'),
  });

export function parseOrca(text: string): [name: string, value: string] {
  const [name, value] = readHeader('--orca', text);
  if (!ORCA_HEADERS.some((known) => known === name)) {
    throw new UsageError(`--orca must be the header ${ORCA_HEADERS.join(' or ')}, not ${name}`);
  }
  return [name, value];
}

/** Of the request's pool; without a request, of the only pool that reads load reports. */
function orcaPolicy(plan: Plan | undefined, explanation: Explanation | undefined): OrcaPolicy {
  const named = explanation?.pools.map(({ pool }) => pool);
  const found = (plan?.pools ?? [])
    .filter(({ name }) => named === undefined || named.includes(name))
    .flatMap((pool): OrcaPolicy[] => {
      if (pool.balancer.kind === 'utilization') return [pool.balancer];
      const sticky = stickyOf(pool);
      return sticky === undefined ? [] : [{ metricNames: sticky.metricNames, sticky: true }];
    });
  return found.length === 1 ? found[0]! : { metricNames: [] };
}

/** @throws {RunError} when the file does not exist or is not a WebAssembly module. */
export function loadFilter(path: string): WebAssembly.Module {
  let module: WebAssembly.Module;
  try {
    module = Filter.compile(readFileSync(path));
  } catch (error) {
    throw new RunError(`the filter ${path} cannot be loaded: ${reasonOf(error)}`);
  }
  // loadstar-pick.wasm, or another project's filter.
  if (!WebAssembly.Module.exports(module).some(({ name }) => name === 'loadstar_policy'))
    throw new RunError(
      `the filter ${path} cannot be asked why: --wasm names loadstar.wasm here, or is left out`,
    );
  return module;
}
