/** Entry of loadstar-pick.wasm: the list of what the module exports. */
export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from './filter/abi';
export {
  proxy_on_configure,
  proxy_on_context_create,
  proxy_on_delete,
  proxy_on_request_headers,
} from './filter/pick';
