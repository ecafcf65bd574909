/**
 * The official Envoy image with our filter, started by testcontainers: four backends on a network, the
 * manifests of a folder with the backends' addresses in place of those of docker-compose.yml, translated by
 * the shipped CLI.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import type { Report } from '../../../demo/docker.ts';
import { Admin } from '../../support/admin.ts';
import { docker, envoyImage, nodeImage, owner, project, root } from './docker.ts';

export interface Official {
  readonly envoy: StartedTestContainer;
  readonly port: number;
  readonly admin: Admin;
  /** `ip:port` of the backends in order. */
  readonly hosts: readonly string[];
  /** Sets what the i-th backend (from 0) reports to requests of any path. */
  report(index: number, report: Report): Promise<void>;
  /** All that Envoy wrote. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** Text of every manifest of a folder, with the i-th of `addresses` for 10.213.77.1<i>. */
function moved(folder: string, addresses: readonly string[]): string {
  const texts = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && name !== 'envoy.yaml')
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
  return texts.join('\n---\n').replace(/10\.213\.77\.1(\d)/g, (_, i) => addresses[Number(i) - 1]!);
}

/** What the shipped CLI makes of manifests, for Envoy in a container. Throws with its diagnostics. */
export function translate(manifests: string, ...args: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-containers-'));
  try {
    writeFileSync(join(folder, 'in.yaml'), manifests);
    const all = [
      'translate',
      '-f',
      folder,
      '--wasm',
      '/etc/envoy/loadstar.wasm',
      '--admin',
      '0.0.0.0:9901',
      ...args,
    ];
    const result = spawnSync(process.execPath, [join(root, 'dist/loadstar.mjs'), ...all], {
      encoding: 'utf8',
    });
    if (result.status !== 0) throw new Error(`loadstar translate: ${result.stderr}`);
    return result.stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function startOfficial(
  folder: string,
  engine: 'filter' | 'native' = 'filter',
): Promise<Official> {
  const running: { stop(): Promise<unknown> }[] = [];
  const stop = async (): Promise<void> => {
    for (const part of running.reverse()) await part.stop();
  };
  try {
    // Not testcontainers' Network: it has no label, so networks left by a crashed run could not be
    // recognised.
    const network = project('official');
    docker(
      'network',
      'create',
      ...Object.entries(owner).flatMap(([k, v]) => ['--label', `${k}=${v}`]),
      network,
    );
    running.push({ stop: async () => docker('network', 'rm', network) });
    const backends = await Promise.all(
      [1, 2, 3, 4].map((i) =>
        new GenericContainer(nodeImage)
          .withLabels(owner)
          .withNetworkMode(network)
          .withEnvironment({ NAME: `backend-${i}` })
          .withCopyFilesToContainer([
            { source: join(root, 'envoy/compose/backend.mjs'), target: '/app/backend.mjs', mode: 0o644 },
          ])
          .withCommand(['node', '/app/backend.mjs'])
          .withUser('node')
          .withExposedPorts(3000)
          .withWaitStrategy(Wait.forHttp('/healthz', 3000))
          .start(),
      ),
    );
    running.push(...backends);
    const addresses = backends.map((backend) => backend.getIpAddress(network));
    const config = translate(moved(folder, addresses), '--engine', engine);
    const log: string[] = [];
    const envoy = await new GenericContainer(envoyImage)
      .withLabels(owner)
      .withNetworkMode(network)
      .withUser('101:101')
      .withCopyContentToContainer([{ content: config, target: '/etc/envoy/envoy.yaml', mode: 0o644 }])
      .withCopyFilesToContainer([
        { source: join(root, 'dist/loadstar.wasm'), target: '/etc/envoy/loadstar.wasm', mode: 0o644 },
      ])
      .withCommand(['envoy', '-c', '/etc/envoy/envoy.yaml', '--log-level', 'warn', '--concurrency', '1'])
      .withExposedPorts(10080, 9901)
      .withWaitStrategy(Wait.forHttp('/ready', 9901))
      .withLogConsumer((stream) => stream.on('data', (line) => log.push(String(line))))
      .start();
    running.push(envoy);
    return {
      envoy,
      port: envoy.getMappedPort(10080),
      admin: new Admin(envoy.getMappedPort(9901)),
      hosts: addresses.map((address) => `${address}:3000`),
      report: async (index, report) => {
        const url = `http://127.0.0.1:${backends[index]!.getMappedPort(3000)}/report`;
        const answer = await fetch(url, { method: 'PUT', body: JSON.stringify(report) });
        if (!answer.ok) throw new Error(await answer.text());
      },
      log: async () => log.join(''),
      stop,
    };
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}
