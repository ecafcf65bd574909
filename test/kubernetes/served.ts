/**
 * `loadstar serve --kubernetes` at a cluster, with the rights that deploy/ gives it and no others.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServeProcess } from '../support/fleet.ts';
import { kubeconfigText } from './support/control-plane.ts';
import { HOST } from './support/network.ts';
import type { Cluster } from './support/test-cluster.ts';

const deploy = fileURLToPath(new URL('../../deploy/base/', import.meta.url));
/** A file of deploy/base/. */
export const deployed = (name: string): string => readFileSync(join(deploy, name), 'utf8');
/** Where the Envoys of a test ask. */
export const XDS = `${HOST}:18000`;

/**
 * Applies namespace, rights, class and Gateway, and starts a server that has no more than those rights.
 * @param more Options of it.
 */
export async function serveCluster(cluster: Cluster, more: readonly string[] = []): Promise<ServeProcess> {
  for (const name of ['namespace.yaml', 'rbac.yaml', 'gateway.yaml']) await cluster.apply(deployed(name));
  const token = await cluster.tokenOf('loadstar-system', 'loadstar');
  const kubeconfig = join(cluster.folder, 'loadstar.kubeconfig');
  const { url, ca } = cluster.control;
  writeFileSync(kubeconfig, kubeconfigText(url, ca, { token }, 'loadstar-system'));
  return await ServeProcess.start(XDS, [
    ...['--kubernetes', '--kubeconfig', kubeconfig, '--write-status', '--insecure'],
    ...more,
  ]);
}
