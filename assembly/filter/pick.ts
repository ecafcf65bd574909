/**
 * The callbacks of loadstar-pick.wasm, for configurations in which hosts are picked and nothing else is done: no cookie is
 * generated, nothing is sticky, no load report is read. Every callback that a module exports is a call into the VM for each
 * request, whether or not it has anything to do; here a request costs one.
 *
 * Nothing tells such a module which root context a stream belongs to, so a VM has one configuration, the last. A stream of one
 * before it gets a hint by the new hosts, or none, and Envoy's own policy where that is of no use.
 */
import { ACTION_CONTINUE, LOG_CRITICAL } from '../abi/enums';
import * as host from '../abi/host';
import * as arena from '../bytes/arena';
import * as heap from '../bytes/heap';
import { decode, decodedMemory, decodedSelection } from '../config/decode';
import { errorLine, refuse } from '../config/error';
import { Key, KEY_BYTES, Selection } from '../select/model';
import { policyAt } from '../select/select';
import { configure, contextOf, enter, rootOf } from './contexts';
import * as metrics from './metrics';
import { selectHost } from './request';
import { prepareTexts } from './texts';

/** Number of the one context there is. */
const ONLY: u32 = 1;

/** 0 refuses the configuration, as that of loadstar.wasm does. */
export function proxy_on_configure(id: u32, size: u32): u32 {
  arena.reset();
  prepareTexts();
  if (!take(host.configuration(size))) {
    host.log(LOG_CRITICAL, errorLine());
    return 0;
  }
  metrics.defineCounters();
  return 1;
}

function take(text: u64): bool {
  if (!decode(text)) return false;
  if (!picksOnly()) {
    heap.free(decodedMemory());
    return refuse('configuration', 'needs loadstar.wasm');
  }
  if (!contextOf(ONLY)) enter(ONLY, 0);
  const context = contextOf(ONLY);
  return context != null && configure(context, decodedSelection(), 0);
}

function picksOnly(): bool {
  if (decodedSelection() == 0) return false;
  const selection = changetype<Selection>(decodedSelection());
  for (let i: u32 = 0; i < selection.policyCount; i++) {
    const policy = policyAt(selection, i);
    if (policy.sticky != 0) return false;
    for (let k: u32 = 0; k < policy.keyCount; k++) {
      if (changetype<Key>(policy.keys + k * KEY_BYTES).generate != 0) return false;
    }
  }
  return true;
}

export function proxy_on_request_headers(id: u32, headers: u32, endOfStream: u32): u32 {
  const context = contextOf(ONLY);
  const root = context ? rootOf(context) : null;
  if (context && root) {
    arena.reset();
    selectHost(context, changetype<Selection>(root.selection));
  }
  return ACTION_CONTINUE;
}
