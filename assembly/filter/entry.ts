/**
 * The callbacks of proxy-wasm ABI 0.2.1 that this filter needs. There are no others, since each one that a
 * module exports is a call into the VM for every request. Both roles share the module; a stream's root has
 * one of the two.
 */
import { ACTION_CONTINUE, LOG_CRITICAL, MAP_RESPONSE_HEADERS, MAP_RESPONSE_TRAILERS } from '../abi/enums';
import * as host from '../abi/host';
import * as arena from '../bytes/arena';
import { decode, decodedReporting, decodedSelection } from '../config/decode';
import { errorLine } from '../config/error';
import { Reporting } from '../config/model';
import { Selection } from '../select/model';
import { configure, contextOf, enter, leave, rootOf } from './contexts';
import { addCookies } from './cookies';
import * as metrics from './metrics';
import { startRates, updateRates, upstreamOf } from './rates';
import { repairReports } from './reports';
import { selectHost } from './request';
import { countAttempt, startSticky, takeReport, tickSticky } from './sticky';
import { prepareTexts } from './texts';

export function proxy_on_context_create(id: u32, parent: u32): void {
  if (!enter(id, parent) && parent != 0) metrics.count(metrics.STREAMS_UNTRACKED);
}

export function proxy_on_delete(id: u32): void {
  leave(id);
}

/**
 * 0 refuses the configuration and logs one line that says why. Envoy then does not start, or keeps what it
 * has.
 */
export function proxy_on_configure(id: u32, size: u32): u32 {
  arena.reset();
  prepareTexts();
  if (!decode(host.configuration(size)) || !configure(id)) {
    host.log(LOG_CRITICAL, errorLine());
    return 0;
  }
  metrics.defineCounters();
  if (decodedSelection() != 0) startSticky(changetype<Selection>(decodedSelection()));
  if (decodedReporting() != 0) {
    const reporting = changetype<Reporting>(decodedReporting());
    if (!reporting.sticky) startRates(reporting);
  }
  return 1;
}

export function proxy_on_tick(id: u32): void {
  arena.reset();
  const context = contextOf(id);
  const root = context ? rootOf(context) : null;
  if (!root) return;
  if (root.selection != 0) tickSticky(changetype<Selection>(root.selection));
  if (root.reporting != 0) updateRates(changetype<Reporting>(root.reporting));
}

export function proxy_on_request_headers(id: u32, headers: u32, endOfStream: u32): u32 {
  const context = contextOf(id);
  const root = context ? rootOf(context) : null;
  if (context && root && root.selection != 0) {
    arena.reset();
    selectHost(context, changetype<Selection>(root.selection));
  }
  if (context && root && root.reporting != 0) countAttempt(context, changetype<Reporting>(root.reporting));
  return ACTION_CONTINUE;
}

export function proxy_on_response_headers(id: u32, headers: u32, endOfStream: u32): u32 {
  const context = contextOf(id);
  const root = context ? rootOf(context) : null;
  if (!context || !root) return ACTION_CONTINUE;
  if (context.cookies != 0) {
    arena.reset();
    addCookies(context);
  }
  if (root.reporting != 0) {
    const reporting = changetype<Reporting>(root.reporting);
    if (reporting.sticky) {
      context.reported = takeReport(MAP_RESPONSE_HEADERS, context, reporting) ? 1 : 0;
      return ACTION_CONTINUE;
    }
    arena.reset();
    const from = upstreamOf(reporting);
    if (from) from.pending++;
    context.reported = repairReports(MAP_RESPONSE_HEADERS, reporting, from) ? 1 : 0;
  }
  return ACTION_CONTINUE;
}

export function proxy_on_response_trailers(id: u32, trailers: u32): u32 {
  const context = contextOf(id);
  const root = context ? rootOf(context) : null;
  if (context && root && root.reporting != 0 && !context.reported) {
    const reporting = changetype<Reporting>(root.reporting);
    if (reporting.sticky) {
      takeReport(MAP_RESPONSE_TRAILERS, context, reporting);
      return ACTION_CONTINUE;
    }
    arena.reset();
    repairReports(MAP_RESPONSE_TRAILERS, reporting, upstreamOf(reporting));
  }
  return ACTION_CONTINUE;
}
