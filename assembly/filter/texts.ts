/**
 * Header names and paths of properties, which the host wants as bytes. They are made from the module's
 * constants, with two bytes for each character, when the first configuration arrives.
 */
import * as heap from '../bytes/heap';
import { Bytes, view } from '../bytes/view';

export let HINT: Bytes = 0;
export let SET_COOKIE: Bytes = 0;
export let REPORT: Bytes = 0;
export let REPORT_BINARY: Bytes = 0;
export let CLUSTER_NAME: Bytes = 0;
export let SOURCE_ADDRESS: Bytes = 0;
export let DESTINATION_ADDRESS: Bytes = 0;
export let UPSTREAM_ADDRESS: Bytes = 0;
/** A function of Envoy's own, and the object that a route's hash policy reads (select/changed). */
export let SET_FILTER_STATE: Bytes = 0;
export let CHANGED_KEY: Bytes = 0;

function ascii(text: string): Bytes {
  const to = heap.alloc(text.length);
  if (to == 0) return view(to, 0);
  for (let i = 0; i < text.length; i++) {
    store<u8>(to + i, load<u8>(changetype<usize>(text) + (<usize>i << 1)));
  }
  return view(to, text.length);
}

export function prepareTexts(): void {
  if (HINT != 0) return;
  HINT = ascii('x-loadstar-host');
  SET_COOKIE = ascii('set-cookie');
  REPORT = ascii('endpoint-load-metrics');
  REPORT_BINARY = ascii('endpoint-load-metrics-bin');
  CLUSTER_NAME = ascii('xds\0cluster_name');
  SOURCE_ADDRESS = ascii('source\0address');
  DESTINATION_ADDRESS = ascii('destination\0address');
  UPSTREAM_ADDRESS = ascii('upstream\0address');
  SET_FILTER_STATE = ascii('set_envoy_filter_state');
  CHANGED_KEY = ascii('envoy.filters.listener.original_dst.remote_ip');
}
