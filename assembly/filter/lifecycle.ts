/** What all modules do alike: contexts come and go, and a configuration is taken or refused. */
import { LOG_CRITICAL } from '../abi/enums';
import * as host from '../abi/host';
import * as arena from '../bytes/arena';
import * as heap from '../bytes/heap';
import { decode, decodedMemory, decodedReporting, decodedSelection } from '../config/decode';
import { errorLine, refuse } from '../config/error';
import { Reporting } from '../config/model';
import { Selection } from '../select/model';
import { configure, contextOf, enter, leave, rootOf } from './contexts';
import * as metrics from './metrics';
import { prepareTexts } from './texts';

export function proxy_on_context_create(id: u32, parent: u32): void {
  if (!enter(id, parent) && parent != 0) metrics.count(metrics.STREAMS_UNTRACKED);
}

export function proxy_on_delete(id: u32): void {
  leave(id);
}

/** Whether a module can do what was decoded, which `decodedSelection` and `decodedReporting` answer. */
type Ability = () => bool;

/**
 * Gives a root context its configuration. False when it is refused; one line in Envoy's log says why. Envoy
 * then does not start, or keeps what it has.
 */
export function take(id: u32, size: u32, able: Ability): bool {
  arena.reset();
  prepareTexts();
  if (decode(host.configuration(size)) && isAble(able) && configure(id)) {
    metrics.defineCounters();
    return true;
  }
  host.log(LOG_CRITICAL, errorLine());
  return false;
}

function isAble(able: Ability): bool {
  if (able()) return true;
  heap.free(decodedMemory());
  return refuse('configuration', 'needs loadstar.wasm');
}

/** What was taken last; null where it is of the other role. */
export function takenSelection(): Selection | null {
  return decodedSelection() == 0 ? null : changetype<Selection>(decodedSelection());
}

export function takenReporting(): Reporting | null {
  return decodedReporting() == 0 ? null : changetype<Reporting>(decodedReporting());
}

/** The configuration of a stream or a root context in its role. Null: it has none, or the other role. */
export function selectionOf(id: u32): Selection | null {
  const context = contextOf(id);
  const root = context ? rootOf(context) : null;
  return root && root.selection != 0 ? changetype<Selection>(root.selection) : null;
}

export function reportingOf(id: u32): Reporting | null {
  const context = contextOf(id);
  const root = context ? rootOf(context) : null;
  return root && root.reporting != 0 ? changetype<Reporting>(root.reporting) : null;
}
