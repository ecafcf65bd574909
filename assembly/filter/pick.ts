/**
 * The callbacks of loadstar-pick.wasm, for listeners where hosts are picked and nothing else is done: no
 * policy is sticky until hot.
 */
import { ACTION_CONTINUE } from '../abi/enums';
import * as arena from '../bytes/arena';
import { hasSticky } from '../select/select';
import { contextOf } from './contexts';
import { selectionOf, take, takenSelection } from './lifecycle';
import { selectHost } from './request';

export { proxy_on_context_create, proxy_on_delete } from './lifecycle';

/** 0 refuses the configuration. */
export function proxy_on_configure(id: u32, size: u32): u32 {
  return take(id, size, picksOnly) ? 1 : 0;
}

function picksOnly(): bool {
  const selection = takenSelection();
  return selection != null && !hasSticky(selection);
}

export function proxy_on_request_headers(id: u32, headers: u32, endOfStream: u32): u32 {
  const selection = selectionOf(id);
  if (selection) {
    arena.reset();
    selectHost(contextOf(id)!, selection);
  }
  return ACTION_CONTINUE;
}
