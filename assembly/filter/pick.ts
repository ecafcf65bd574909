/**
 * The callbacks of loadstar-pick.wasm, for configurations in which hosts are picked and nothing else is done:
 * no cookie is made, no policy is sticky, no load report is read. Every callback that a module exports
 * is a call into the VM for each request, whether or not it has something to do. Here a request costs one.
 *
 * Such a module does not learn which root context a stream belongs to, so a VM has one configuration: the
 * last. A stream that began under an older one may get a hint from the new hosts. Where Envoy cannot use it,
 * its own policy chooses.
 */
import { ACTION_CONTINUE, LOG_CRITICAL } from '../abi/enums';
import * as host from '../abi/host';
import * as arena from '../bytes/arena';
import * as heap from '../bytes/heap';
import { ABSENT } from '../bytes/view';
import { decode, decodedMemory, decodedSelection } from '../config/decode';
import { errorLine, refuse } from '../config/error';
import { Selection } from '../select/model';
import { keyAt, policyAt } from '../select/select';
import { configure, contextOf, enter, rootOf } from './contexts';
import * as metrics from './metrics';
import { selectHost } from './request';
import { prepareTexts } from './texts';

/** Id of the only context. */
const ONLY: u32 = 1;

/** 0 refuses the configuration, as in loadstar.wasm. */
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
  return configure(ONLY);
}

function picksOnly(): bool {
  if (decodedSelection() == 0) return false;
  const selection = changetype<Selection>(decodedSelection());
  for (let i: u32 = 0; i < selection.policyCount; i++) {
    const policy = policyAt(selection, i);
    if (policy.sticky != 0) return false;
    for (let k: u32 = 0; k < policy.keyCount; k++) {
      if (keyAt(policy, k).set != ABSENT) return false;
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
