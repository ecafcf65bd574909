/**
 * The callbacks of loadstar.wasm, which knows every configuration. A policy that is sticky until hot needs
 * it: that counts requests under way and reads reports on the listener. What pick and report do is theirs; a
 * stream's root has one of the two roles.
 */
import { ACTION_CONTINUE, MAP_RESPONSE_TRAILERS } from '../abi/enums';
import * as arena from '../bytes/arena';
import { Policy, Sticky } from '../select/model';
import { Context, contextOf } from './contexts';
import { addCookies } from './cookies';
import { selectionOf, take, takenReporting, takenSelection } from './lifecycle';
import { startRates } from './rates';
import * as report from './report';
import { startSticky, takeAnswer, takeReport, tickSticky } from './sticky-requests';

export { proxy_on_context_create, proxy_on_delete } from './lifecycle';
export { proxy_on_request_headers } from './pick';

/** 0 refuses the configuration. */
export function proxy_on_configure(id: u32, size: u32): u32 {
  if (!take(id, size, all)) return 0;
  const selection = takenSelection();
  if (selection) startSticky(selection);
  const reporting = takenReporting();
  if (reporting) startRates(reporting);
  return 1;
}

function all(): bool {
  return true;
}

export function proxy_on_tick(id: u32): void {
  const selection = selectionOf(id);
  if (!selection) return report.proxy_on_tick(id);
  arena.reset();
  tickSticky(selection);
}

export function proxy_on_response_headers(id: u32, headers: u32, endOfStream: u32): u32 {
  const context = contextOf(id);
  if (context && context.cookies != 0) {
    arena.reset();
    addCookies(context);
  }
  const sticky = context ? stickyOf(context) : null;
  if (!context || !sticky) return report.proxy_on_response_headers(id, headers, endOfStream);
  takeAnswer(context, sticky);
  return ACTION_CONTINUE;
}

export function proxy_on_response_trailers(id: u32, trailers: u32): u32 {
  const context = contextOf(id);
  const sticky = context ? stickyOf(context) : null;
  if (!context || !sticky) return report.proxy_on_response_trailers(id, trailers);
  if (!context.reported) takeReport(MAP_RESPONSE_TRAILERS, context, sticky);
  return ACTION_CONTINUE;
}

/** Of the policy that the request of a stream had; null when it is not sticky. */
function stickyOf(context: Context): Sticky | null {
  if (context.policy == 0) return null;
  const sticky = changetype<Policy>(context.policy).sticky;
  return sticky == 0 ? null : changetype<Sticky>(sticky);
}
