/** Which host Envoy finds, where the filter names none: by the key, or by what it was given in its place. */

import { CHANGED_KEY } from '../../host/filter/header-names.ts';
import { tableOf } from '../../host/filter/slot-table.ts';
import type { Stream } from '../../host/wasm/stream.ts';
import type { Vm } from '../../host/wasm/vm.ts';

/** @param key The value of the policy's one key. */
export function lookedUp(vm: Vm, root: number, cluster: string, stream: Stream, key: string): string {
  const table = tableOf(vm, root, cluster);
  if (table === undefined) throw new Error(`no table of ${cluster}`);
  return table.hostOf(stream.filterState(CHANGED_KEY) ?? key);
}
