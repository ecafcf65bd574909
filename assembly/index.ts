/** Entry of loadstar.wasm: the list of what the module exports. */
export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from './filter/abi';
export {
  proxy_on_configure,
  proxy_on_context_create,
  proxy_on_delete,
  proxy_on_request_headers,
  proxy_on_response_headers,
  proxy_on_response_trailers,
  proxy_on_tick,
} from './filter/entry';

/** For the companion. Envoy calls none of these. */
export {
  loadstar_attempt_hash,
  loadstar_changed_hash,
  loadstar_combine,
  loadstar_host_of,
  loadstar_hosts_of_keys,
  loadstar_key,
  loadstar_key_count,
  loadstar_key_hash,
  loadstar_key_value,
  loadstar_policy,
  loadstar_report_count,
  loadstar_report_field,
  loadstar_report_name,
  loadstar_report_reason,
  loadstar_report_value,
  loadstar_reset,
  loadstar_table,
  loadstar_table_host,
  loadstar_table_hosts,
  loadstar_table_size,
} from './filter/inspect';
