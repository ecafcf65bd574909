/** Access from within a pod: by its service account, whose token the kubelet replaces every hour. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunError, reasonOf } from '../run/errors.ts';
import { type Access, serverUrl } from './access.ts';

const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
type Environment = Readonly<Record<string, string | undefined>>;

/** The kubelet sets these in each container. */
export const isInCluster = ({ KUBERNETES_SERVICE_HOST: host }: Environment): boolean =>
  host !== undefined && host !== '';

/** @throws {RunError} */
export function inCluster(env: Environment, folder = FOLDER): Access {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = env;
  const address = host.includes(':') ? `[${host}]` : host;
  return {
    server: serverUrl(`https://${address}:${port}`, 'KUBERNETES_SERVICE_HOST'),
    tls: { ca: accountFile(folder, 'ca.crt') },
    token: async () => accountFile(folder, 'token').trim(),
    namespace: accountFile(folder, 'namespace').trim(),
  };
}

function accountFile(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch (error) {
    throw new RunError(`the service account of this pod cannot be read: ${reasonOf(error)}`);
  }
}
