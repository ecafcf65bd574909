/**
 * The Gateway API's conformance suite as its module has it, against `loadstar serve --kubernetes` and Envoy
 * for each Gateway. What is claimed is read from the status of the GatewayClass, which `serve` writes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { keep } from '../../support/children.ts';
import type { ServeProcess } from '../../support/fleet.ts';
import { serveCluster, XDS } from '../served.ts';
import { Edges } from '../support/edges.ts';
import { programPath } from '../support/files.ts';
import { Cluster } from '../support/test-cluster.ts';

const CLASS = 'loadstar';
const PROFILES = ['GATEWAY-HTTP', 'GATEWAY-GRPC', 'GATEWAY-TLS', 'GATEWAY-TCP', 'GATEWAY-UDP'];
const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export interface Result {
  readonly code: number | null;
  /** Of `go test`. */
  readonly output: string;
}

/**
 * @param report Where the suite writes its report.
 * @param flags More flags of the suite, such as `-run-test=HTTPRouteWeight`.
 * @param show Gets what the suite prints, at once.
 */
export async function runSuite(
  report: string,
  flags: readonly string[] = [],
  show: (text: string) => void = () => {},
): Promise<Result> {
  const cluster = await Cluster.start(['crds-gateway-api', 'crds-envoy-gateway']);
  let server: ServeProcess | undefined;
  let edges: Edges | undefined;
  try {
    server = await serveCluster(cluster, ['--privileged-ports']);
    const { network, folder } = cluster;
    edges = new Edges(cluster.api, { network, folder, className: CLASS, xds: XDS });
    await edges.start();
    await cluster.classAccepted(CLASS);
    return await suite(cluster.control.kubeconfig, report, flags, show);
  } finally {
    await edges?.stop();
    await server?.end();
    await cluster.stop();
  }
}

async function suite(
  kubeconfig: string,
  report: string,
  flags: readonly string[],
  show: (text: string) => void,
): Promise<Result> {
  const args = [
    ...['-test.v', '-test.timeout=40m', '-test.run=^TestConformance$', `-gateway-class=${CLASS}`],
    ...[`-conformance-profiles=${PROFILES.join(',')}`, `-report-output=${report}`],
    // One that the network has and nobody is given, and one that it has not.
    ...['-usable-address=10.0.200.1', '-unusable-address=192.0.2.1'],
    // The cluster goes with the test.
    '-cleanup-base-resources=false',
    ...['-organization=loadstar', '-project=loadstar', `-version=${version}`],
    // It is not published.
    ...['-url=none', '-contact=none'],
    ...flags,
  ];
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const child = keep(spawn(programPath('gateway-api'), args, { env, stdio: 'pipe' }));
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      show(text);
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
