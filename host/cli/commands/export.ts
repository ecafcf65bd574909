/** `loadstar export`: what the manifests ask for, for engines that have their own control plane, or none. */
import { toEnvoyGateway } from '../../export/envoy-gateway/to-envoy-gateway.ts';
import { toIstio } from '../../export/istio/to-istio.ts';
import { planFilter } from '../../filter/plan.ts';
import { EXIT, UsageError } from '../../run/errors.ts';
import type { Args } from '../args.ts';
import type { Command } from '../command.ts';
import { checkEnvoyFiles, writeEnvoyFiles } from '../export/envoy-files.ts';
import { exportObjects } from '../export/objects.ts';
import { loadPlan, refusedText, report, verdict } from '../input.ts';
import type { Io } from '../io.ts';
import { envoyOptions, envoyValues, inputOptions, inputPaths } from '../options.ts';
import { movedPorts } from '../own-ports.ts';

export const exporting: Command = {
  name: 'export',
  summary: 'write the manifests as other engines take them',
  usage: '--to TARGET -f PATH… [-o DIR] [OPTIONS]',
  description: [
    'envoy-files: a folder for an Envoy that follows changes without a server. It reads lds.json and cds.json again whenever\none of them is replaced, and this command replaces them in one step each.',
    'envoy-gateway: what Envoy Gateway lacks, as patches of what it makes of the same manifests. Two files, applied in order.\nThe manifests themselves are applied as they are.',
    'istio: what Istio lacks, for its gateways of the Gateway API, and in place of the policies, which Istio does not know.',
    'docs/EXPORT.md says what each engine can do, and what to do with the output.',
  ],
  options: {
    to: {
      value: 'TARGET',
      choices: ['envoy-gateway', 'istio', 'envoy-files'],
      help: 'the engine: envoy-files, envoy-gateway or istio',
    },
    output: {
      short: 'o',
      value: 'DIR',
      help: 'the folder that is written (without it, but for envoy-files: standard output)',
    },
    check: {
      value: 'PATH',
      help: 'compare with a folder (envoy-files) or `kubectl get … -o yaml`; exit 1 if it differs',
    },
    ...envoyOptions,
    wasm: {
      value: 'PATH',
      help: 'path of the filter as Envoy sees it, or configmap (default: a copy, or a ConfigMap)',
    },
    'engine-version': { value: 'VERSION', help: 'of the engine (default: the newest that is known)' },
    'listener-names': {
      value: 'SCHEME',
      choices: ['v1', 'v2'],
      help: 'how Envoy Gateway names listeners: v2 with its flag XDSNameSchemeV2 (default: v1)',
    },
    'proxy-namespace': {
      value: 'NS',
      help: "namespace of the proxies' pods (default: envoy-gateway-system)",
    },
    ...inputOptions,
    strict: { help: 'nothing may be lost, and no field be left out: error instead of warning' },
  },
  operands: 'file',
  examples: [
    'loadstar export --to envoy-files -f manifests/ -o /etc/envoy/loadstar',
    'loadstar export --to envoy-files -f manifests/ --check /etc/envoy/loadstar',
    'loadstar export --to envoy-gateway -f manifests/ -o patches',
    'loadstar export --to istio -f manifests/ -o patches',
  ],
  async run(args, io) {
    const to = args.one('to');
    if (to === undefined) throw new UsageError('--to is missing: the engine, as --to envoy-files');
    inputPaths(args);
    refuseOthers(args, to);
    return await { 'envoy-files': toFiles, 'envoy-gateway': toGateway, istio: toMesh }[to as Target](
      args,
      io,
    );
  },
};

type Target = 'envoy-files' | 'envoy-gateway' | 'istio';

/** Options that mean nothing for the engine would be taken for done. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  engine: ['envoy-files'],
  admin: ['envoy-files'],
  zone: ['envoy-files'],
  'engine-version': ['envoy-gateway', 'istio'],
  'listener-names': ['envoy-gateway'],
  'proxy-namespace': ['envoy-gateway'],
};
function refuseOthers(args: Args, to: string): void {
  for (const [name, targets] of Object.entries(ONLY))
    if (args.has(name) && !targets.includes(to))
      throw new UsageError(`--${name} has no meaning with --to ${to}, only with ${targets.join(' and ')}`);
  if (to === 'envoy-files' && args.one('wasm') === 'configmap')
    throw new UsageError('--wasm configmap has no meaning with --to envoy-files');
}

const GATEWAY_VERSIONS = ['1.9'];

function toGateway(args: Args, io: Io): Promise<number> {
  const version = versionOf(args, GATEWAY_VERSIONS);
  const options = {
    names: args.one('listener-names') === 'v2' ? 'v2' : 'v1',
    proxyNamespace: args.one('proxy-namespace') ?? 'envoy-gateway-system',
  } as const;
  return exportObjects(args, io, `Envoy Gateway ${version}`, ({ plan, model }, placed) =>
    toEnvoyGateway(plan, model, { ...placed, ...options }),
  );
}

/** Envoy before has no balancer for BackendUtilization, and Istio no patch that replaces a list. */
const ISTIO_VERSIONS = ['1.31'];

function toMesh(args: Args, io: Io): Promise<number> {
  const version = versionOf(args, ISTIO_VERSIONS);
  return exportObjects(args, io, `Istio ${version}`, ({ plan, model }, placed) =>
    toIstio(plan, model, placed),
  );
}

/**
 * The newest first. Patch releases are one with their minor. @throws {UsageError} for one that was not tried
 */
function versionOf(args: Args, known: readonly string[]): string {
  const given = args.one('engine-version') ?? known[0]!;
  const version = /^v?(\d+\.\d+)(\.\d+)?$/.exec(given)?.[1];
  if (version !== undefined && known.includes(version)) return version;
  throw new UsageError(`--engine-version must be ${known.join(' or ')}, not ${JSON.stringify(given)}`);
}

async function toFiles(args: Args, io: Io): Promise<number> {
  const [output, check] = [args.one('output'), args.one('check')];
  const folder = output ?? check;
  if (folder === undefined || (output !== undefined && check !== undefined))
    throw new UsageError('either -o DIR, the folder that is written, or --check DIR, one that is compared');
  const loaded = await loadPlan(args, io, envoyValues(args, io));
  const filter = planFilter(loaded.plan, loaded.options.engine);
  const { diagnostics, refused } = verdict({ ...loaded, filter }, io);
  report(diagnostics, 'text', io);
  if (refused) {
    io.stderr(refusedText(diagnostics, 'nothing was written'));
    return EXIT.refused;
  }
  io.stderr(movedPorts(loaded.plan));
  const copies = args.one('wasm') === undefined;
  return check === undefined
    ? writeEnvoyFiles(loaded, folder, copies, io)
    : checkEnvoyFiles(loaded, folder, copies, io);
}
