/** Manifests and what is exported for Envoy Gateway, through its translator into a real Envoy. */
import assert from 'node:assert/strict';
import type { Issued } from '../support/certificates.ts';
import { Envoy } from '../support/envoy.ts';
import { cli, wasmPath } from '../support/translate.ts';
import { judged, staticOf } from './egctl.ts';

/** Envoy Gateway takes no address of the loopback network; these are the loopback device's (package.json). */
export const ADDRESSES = [11, 12, 13, 14].map((last) => `10.213.77.${last}`);

export async function exported(text: string): Promise<string> {
  const args = ['export', '--to', 'envoy-gateway', '-f', '-', '--wasm', wasmPath()];
  const { code, stdout, stderr } = await cli(args, text);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** @param patches Empty: as Envoy Gateway is alone. */
export async function through(
  text: string,
  use: (envoy: Envoy) => Promise<void>,
  patches: string,
  shown?: Issued,
): Promise<void> {
  const envoy = await Envoy.start(staticOf(judged(text, patches), shown));
  try {
    await use(envoy);
  } finally {
    await envoy.stop();
  }
}
