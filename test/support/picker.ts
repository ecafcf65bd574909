/**
 * The filter that ships, in Node, with the configuration that was emitted for Envoy: request headers in, host
 * out.
 */
import { readFileSync } from 'node:fs';
import type { Pair } from '../../host/wasm/maps.ts';
import { Vm } from '../../host/wasm/vm.ts';
import { filterConfig } from './bootstrap.ts';
import type { Bootstrap } from './envoy.ts';
import { wasmPath } from './translate.ts';

export interface Picker {
  readonly vm: Vm;
  /** The host the filter names for a request to `cluster`, as `ip:port`; undefined: it names none. */
  pick(cluster: string, headers: readonly Pair[], source?: string): string | undefined;
}

/** Throws the filter's message if it refuses the configuration. */
export function picker(bootstrap: Bootstrap): Picker {
  const vm = new Vm(Vm.compile(readFileSync(wasmPath())));
  const configured = vm.configure({ configuration: JSON.stringify(filterConfig(bootstrap, 'select')) });
  if (!configured.ok) throw new Error(`the filter refuses the emitted configuration: ${configured.reason}`);
  return {
    vm,
    pick(cluster, headers, source = '127.0.0.1:50000') {
      const stream = vm.stream(configured.root, (path) =>
        path === 'xds.cluster_name' ? cluster : path === 'source.address' ? source : undefined,
      );
      stream.onRequestHeaders(headers);
      const hint = stream.requestHeaders?.get('x-loadstar-host');
      stream.finish();
      return hint === undefined ? undefined : Buffer.from(hint, 'base64').toString('latin1');
    },
  };
}
