/**
 * Istio's own translator as judge: its control plane without a cluster (go/main.go), from manifests and what
 * is exported, and a plain Envoy that it feeds.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { end, keep } from '../../support/children.ts';
import { Envoy } from '../../support/envoy.ts';
import { cli, wasmPath } from '../../support/translate.ts';

const pilot = resolve(import.meta.dirname, '../../../.cache/go/bin/pilot');

/** Takes the place of the EndpointSlice of its name, as when pods come and go. */
export type ReplaceSlice = (text: string) => void;

/** What `export --to istio` prints for manifests. */
export async function exported(text: string, ...more: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(
    ['export', '--to', 'istio', '-f', '-', '--wasm', wasmPath(), ...more],
    text,
  );
  assert.equal(code, 0, stderr);
  return stdout;
}

/** An Envoy that Istio's control plane configures, from manifests. */
export async function through(
  texts: readonly string[],
  use: (envoy: Envoy, replaceSlice: ReplaceSlice) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-pilot-'));
  const documents = texts.flatMap((text) => text.split(/^---\n/m)).filter((text) => /^kind:/m.test(text));
  const isIstio = (text: string) => /^apiVersion: networking\.istio\.io\//m.test(text);
  // What Istio does not read no API server would have without its CRD.
  const isRead = (text: string) => !/^apiVersion: gateway\.envoyproxy\.io\//m.test(text);
  const files = [
    ['objects.yaml', documents.filter((text) => !isIstio(text) && isRead(text))],
    ['config.yaml', documents.filter(isIstio)],
  ] as const;
  for (const [name, parts] of files) writeFileSync(join(folder, name), parts.join('\n---\n'));
  const child = spawn(
    pilot,
    files.map(([name]) => join(folder, name)),
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      // What only Istio's build of Envoy has.
      env: { ...process.env, PILOT_ENABLE_METADATA_EXCHANGE: 'false', PILOT_ENABLE_ALPN_FILTER: 'false' },
    },
  );
  keep(child);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    log = `${log}${chunk}`.slice(-20_000);
  });
  try {
    const port = await new Promise<number>((found, failed) => {
      createInterface(child.stdout).on('line', (line) => /^\d+$/.test(line) && found(Number(line)));
      child.on('error', failed);
      child.on('exit', (code) => failed(new Error(`pilot ended with ${code}:\n${log}`)));
    });
    const envoy = await Envoy.start(bootstrap(port));
    try {
      let slices = 0;
      await use(envoy, (text) => {
        const file = join(folder, `slice-${slices++}.yaml`);
        writeFileSync(file, text);
        child.stdin?.write(`${file}\n`);
      });
    } finally {
      await envoy.stop();
    }
  } finally {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

const HTTP = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** As a pod of the Gateway `default/eg` asks. */
function bootstrap(port: number) {
  const ads = { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' };
  return {
    node: {
      id: 'router~127.0.0.1~gw-1.default~default.svc.cluster.local',
      cluster: 'eg-istio.default',
      metadata: {
        LABELS: { 'gateway.networking.k8s.io/gateway-name': 'eg' },
        NAMESPACE: 'default',
        CLUSTER_ID: 'Kubernetes',
        ISTIO_VERSION: '1.31.0',
        INSTANCE_IPS: '127.0.0.1',
        NAME: 'gw-1',
        WORKLOAD_NAME: 'eg-istio',
      },
    },
    dynamic_resources: {
      ads_config: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'pilot' } }],
      },
      lds_config: ads,
      cds_config: ads,
    },
    static_resources: {
      clusters: [
        {
          name: 'pilot',
          type: 'STATIC',
          typed_extension_protocol_options: {
            [HTTP]: {
              '@type': `type.googleapis.com/${HTTP}`,
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
          load_assignment: {
            cluster_name: 'pilot',
            endpoints: [
              {
                lb_endpoints: [
                  {
                    endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
                  },
                ],
              },
            ],
          },
        },
      ],
    },
  };
}
