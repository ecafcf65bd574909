/** Entry of loadstar-report.wasm: the list of what the module exports. */
export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from './filter/abi';
export {
  proxy_on_configure,
  proxy_on_context_create,
  proxy_on_delete,
  proxy_on_response_headers,
  proxy_on_response_trailers,
  proxy_on_tick,
} from './filter/report';
