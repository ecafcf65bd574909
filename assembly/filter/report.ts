/**
 * The callbacks of loadstar-report.wasm, in front of clusters that balance by load: what hosts report is read
 * and repaired.
 */
import { ACTION_CONTINUE, MAP_RESPONSE_HEADERS, MAP_RESPONSE_TRAILERS } from '../abi/enums';
import * as arena from '../bytes/arena';
import { contextOf } from './contexts';
import { reportingOf, take, takenReporting } from './lifecycle';
import { startRates, updateRates, upstreamOf } from './rates';
import { repairReports } from './reports';

export { proxy_on_context_create, proxy_on_delete } from './lifecycle';

/** 0 refuses the configuration. */
export function proxy_on_configure(id: u32, size: u32): u32 {
  if (!take(id, size, reportsOnly)) return 0;
  startRates(takenReporting()!);
  return 1;
}

function reportsOnly(): bool {
  return takenReporting() != null;
}

export function proxy_on_tick(id: u32): void {
  const reporting = reportingOf(id);
  if (!reporting) return;
  arena.reset();
  updateRates(reporting);
}

export function proxy_on_response_headers(id: u32, headers: u32, endOfStream: u32): u32 {
  const reporting = reportingOf(id);
  if (!reporting) return ACTION_CONTINUE;
  arena.reset();
  const from = upstreamOf(reporting);
  if (from) from.pending++;
  contextOf(id)!.reported = repairReports(MAP_RESPONSE_HEADERS, reporting, from) ? 1 : 0;
  return ACTION_CONTINUE;
}

export function proxy_on_response_trailers(id: u32, trailers: u32): u32 {
  const reporting = reportingOf(id);
  if (reporting && !contextOf(id)!.reported) {
    arena.reset();
    repairReports(MAP_RESPONSE_TRAILERS, reporting, upstreamOf(reporting));
  }
  return ACTION_CONTINUE;
}
