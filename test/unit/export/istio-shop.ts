/** The shop for Istio, with this policy or that. */
import { dirname } from 'node:path';
import { wasmPath } from '../../support/translate.ts';
import { type Ran, run as runCli } from '../cli/run-cli.ts';
import { shop } from '../cli/shop.ts';

export const run = (args: readonly string[], text: string): Promise<Ran> =>
  runCli(args, text, {}, dirname(wasmPath()));
export const argv = ['export', '--to', 'istio', '-f', '-', '--wasm', '/w.wasm'];
export const hash = `  loadBalancer:
    type: ConsistentHash
    consistentHash:
      type: Header
      header: {name: x-user}
`;
export const utilization = '  loadBalancer: {type: BackendUtilization, backendUtilization: {}}\n';
export const withPolicy = (spec: string) => shop.replace(hash, spec);
export const ref = '    - {name: shop, port: 3000}';
export const twoBackends = (text: string) =>
  text.replace(ref, `${ref}\n    - {name: shop, port: 3000, weight: 3}`);
