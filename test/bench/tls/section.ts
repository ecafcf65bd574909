/**
 * The section `tls`: what a request costs Envoy on a listener where TLS ends, with the filter and native,
 * beside the same in plain text. Connections are kept, so that it is the cost of requests, not of handshakes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authority, issue, tlsSecret } from '../../../demo/fakes/certificates.ts';
import * as build from '../../../demo/fakes/manifests.ts';
import { answer } from '../../../demo/fakes/raw-backend.ts';
import { measure, type ShotOptions, type Variant } from '../filter/measure.ts';
import type { FilterResult } from '../filter/section.ts';
import { headerRequests, onePortEach, portsOf } from '../filter/variants.ts';
import { translate, translateInto } from '../support/cli.ts';
import { manifests, yamlText } from '../support/manifests.ts';

const HOST = 'r0.example.com';

export async function benchTls(
  options: { envoy: string; shots: number; quick: boolean },
  log: ShotOptions['log'],
): Promise<FilterResult> {
  const backend = await onePortEach(Array.from({ length: 4 }, () => answer()));
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-bench-'));
  const shot = { requestsPerShot: 500, connections: 8, shots: options.shots };
  try {
    const variants = tlsVariants(portsOf(backend), folder);
    const warmup = options.quick ? 5000 : 20_000;
    const measured = await measure(variants, { ...shot, envoy: options.envoy, warmup, seed: 1, log });
    return { ...shot, variants: measured };
  } finally {
    await backend.stop();
    rmSync(folder, { recursive: true });
  }
}

/** The reference comes first. */
function tlsVariants(ports: readonly number[], folder: string): Variant[] {
  const ca = authority('Bench CA');
  const listener = build.listener('https', 443, {
    protocol: 'HTTPS',
    tls: { mode: 'Terminate', certificateRefs: [{ name: 'bench' }] },
  });
  const routes = [{ loadBalancer: { kind: 'header', name: 'foobar' } as const, ports }];
  const plain = yamlText(manifests(routes));
  const secret = tlsSecret('bench', issue({ name: HOST, dnsNames: [HOST], issuer: ca }));
  const secure = yamlText([secret, ...manifests(routes, [listener])]);
  const tls = { ca: ca.certificate, serverName: HOST };
  const one = (engine: 'filter' | 'native') => translateInto(join(folder, engine), secure, engine);
  const of = { requests: headerRequests };
  const native = 'native Maglev, TLS';
  return [
    { ...of, tls, name: native, note: 'engine native: hash policy on a header', bootstrap: one('native') },
    { ...of, tls, name: 'Loadstar, header key, TLS', note: 'pick and strip', bootstrap: one('filter') },
    { ...of, name: 'native Maglev', note: 'in plain text', bootstrap: translate(plain, 'native') },
    {
      ...of,
      name: 'Loadstar, header key',
      note: 'in plain text',
      bootstrap: translate(plain, 'filter'),
      baseline: 'native Maglev',
    },
  ];
}
