/** `--kubernetes`: the options that say which, and the input that is read from it. */
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Access } from '../kubernetes/access.ts';
import { ApiClient } from '../kubernetes/client.ts';
import { Cluster } from '../kubernetes/cluster-source.ts';
import { inCluster, isInCluster } from '../kubernetes/in-cluster.ts';
import { readKubeconfig } from '../kubernetes/kubeconfig.ts';
import { UsageError } from '../run/errors.ts';
import type { Args, OptionTable } from './args.ts';
import type { Io } from './io.ts';
import { checkNamespace } from './options.ts';

/** As a GatewayClass names Loadstar. */
export const LOADSTAR_CONTROLLER = 'loadstar.dev/gateway-controller';

export const kubernetesOptions: OptionTable = {
  kubernetes: { help: 'reads from Kubernetes too: from within a pod, else by a kubeconfig' },
  kubeconfig: { value: 'FILE', help: 'of kubectl (default: $KUBECONFIG, else ~/.kube/config)' },
  context: { value: 'NAME', help: "of the kubeconfig (default: the file's own current-context)" },
  controller: {
    value: 'NAME',
    help: `whose GatewayClasses are served (default: ${LOADSTAR_CONTROLLER})`,
  },
  'write-status': { help: 'writes what is judged of each object into its status, one server at a time' },
  namespace: {
    short: 'n',
    value: 'NS',
    repeatable: true,
    help: 'of documents that name none; of Kubernetes, read only these; repeatable',
  },
};
const NEEDING = ['kubeconfig', 'context', 'controller', 'write-status'];

export const controllerOf = (args: Args): string => args.one('controller') ?? LOADSTAR_CONTROLLER;

/** Undefined: not asked for. @throws {UsageError} @throws {RunError} */
export function kubernetesClient(args: Args, io: Io): ApiClient | undefined {
  const needless = NEEDING.find((name) => args.has(name));
  if (!args.has('kubernetes')) {
    if (needless !== undefined) throw new UsageError(`--${needless} needs --kubernetes`);
    return undefined;
  }
  return new ApiClient(accessOf(args, io));
}

function accessOf(args: Args, io: Io): Access {
  const given = args.one('kubeconfig');
  if (given === undefined && args.one('context') === undefined && isInCluster(io.env))
    return inCluster(io.env);
  // Of several files in the variable the first alone is read.
  const [named] = (io.env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  return readKubeconfig(given ?? named ?? join(homedir(), '.kube', 'config'), args.one('context'));
}

/** Resolves when all of it is here. */
export function followKubernetes(
  client: ApiClient,
  args: Args,
  io: Io,
  signal: AbortSignal,
): Promise<Cluster> {
  const namespaces = args.many('namespace');
  namespaces.forEach(checkNamespace);
  const controller = controllerOf(args);
  return Cluster.follow(client, { controller, namespaces, say: (line) => io.stderr(`${line}\n`) }, signal);
}
