/** etcd, kube-apiserver and kube-controller-manager: the real ones, with RBAC, for a test and no longer. */
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, keep } from '../../support/children.ts';
import { eventually } from '../../support/eventually.ts';
import { Api } from './api.ts';
import { type Program, programPath } from './files.ts';
import { HOST } from './network.ts';

const PORT = 6443;
const ETCD = 'http://127.0.0.1:2379';
/** What a cluster does by itself. Nodes, their pods and volumes are the stand-in's (kubelet.ts). */
const CONTROLLERS = [
  'daemonset-controller',
  'deployment-controller',
  'disruption-controller',
  'endpointslice-controller',
  'garbage-collector-controller',
  'namespace-controller',
  'replicaset-controller',
  'root-ca-certificate-publisher-controller',
  'serviceaccount-controller',
];

export class ControlPlane {
  readonly url = `https://${HOST}:${PORT}`;
  /** PEM: signs the API server's certificate. */
  readonly ca: string;
  /** In group system:masters. */
  readonly admin: Api;
  readonly kubeconfig: string;
  readonly #ends: () => Promise<void>;

  private constructor(made: Pick<ControlPlane, 'ca' | 'admin' | 'kubeconfig'>, ends: () => Promise<void>) {
    this.ca = made.ca;
    this.admin = made.admin;
    this.kubeconfig = made.kubeconfig;
    this.#ends = ends;
  }

  /** @param folder For data, keys and logs; empty. */
  static async start(folder: string): Promise<ControlPlane> {
    const at = (name: string): string => join(folder, name);
    const run = (name: Program, args: readonly string[]) => {
      const log = openSync(at(`${name}.log`), 'w');
      return keep(spawn(programPath(name), args, { stdio: ['ignore', log, log] }));
    };
    const accounts = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const token = randomBytes(16).toString('hex');
    mkdirSync(at('server'));
    writeFileSync(at('accounts.key'), accounts.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(at('accounts.pub'), accounts.publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(at('tokens.csv'), `${token},admin,admin,"system:masters"\n`);
    const etcd = run('etcd', [
      ...['--data-dir', at('etcd'), '--unsafe-no-fsync', '--log-level', 'error'],
      ...['--listen-client-urls', ETCD, '--advertise-client-urls', ETCD],
      ...['--listen-peer-urls', 'http://127.0.0.1:2380'],
    ]);
    const server = run('kube-apiserver', [
      ...['--etcd-servers', ETCD, '--bind-address', HOST, '--secure-port', String(PORT)],
      // It makes a certificate for its own address, where none is given.
      ...['--cert-dir', at('server')],
      ...['--authorization-mode', 'RBAC', '--token-auth-file', at('tokens.csv')],
      ...['--service-account-issuer', 'https://kubernetes.default.svc'],
      ...['--service-account-key-file', at('accounts.pub')],
      ...['--service-account-signing-key-file', at('accounts.key')],
      ...['--service-cluster-ip-range', '10.96.0.0/16', '--allow-privileged=true'],
    ]);
    const started = [server, etcd];
    const ends = async () => {
      admin?.close();
      for (const child of started) await end(child);
    };
    let admin: Api | undefined;
    try {
      const ca = await eventually('the API server has a certificate', () => {
        if (server.exitCode !== null) throw new Error(`it ended: ${lastLines(at('kube-apiserver.log'))}`);
        if (!existsSync(at('server/apiserver.key'))) throw new Error('none yet');
        return readFileSync(at('server/apiserver.crt'), 'utf8');
      });
      admin = new Api(`https://${HOST}:${PORT}`, { ca, token });
      const api = admin;
      const kubeconfig = at('admin.kubeconfig');
      writeFileSync(kubeconfig, kubeconfigText(api.url, ca, { token }));
      await eventually('the API server is ready', () => api.ask('GET', '/readyz'), 120_000);
      started.unshift(
        run('kube-controller-manager', [
          ...['--kubeconfig', kubeconfig, '--leader-elect=false', '--controllers', CONTROLLERS.join(',')],
          ...['--service-account-private-key-file', at('accounts.key'), '--bind-address', '127.0.0.1'],
          ...['--root-ca-file', at('server/apiserver.crt'), '--cert-dir', at('controllers')],
          ...['--kube-api-qps', '200', '--kube-api-burst', '400'],
        ]),
      );
      return new ControlPlane({ ca, admin: api, kubeconfig }, ends);
    } catch (error) {
      await ends();
      throw new Error(`no API server: ${lastLines(at('kube-apiserver.log'))}`, { cause: error });
    }
  }

  stop(): Promise<void> {
    return this.#ends();
  }
}

/** A kubeconfig with one cluster, one user and one context. @param user Fields of its `user`. */
export function kubeconfigText(
  server: string,
  ca: string,
  user: Readonly<Record<string, string>>,
  namespace = 'default',
): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace } }],
    'current-context': 'test',
  });
}

const lastLines = (path: string): string => readFileSync(path, 'utf8').split('\n').slice(-5).join('\n');
