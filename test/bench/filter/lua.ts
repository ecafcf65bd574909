/**
 * The same pick in Lua, as a person who knows Envoy's Lua filter would write it: all tables built once per
 * worker when the script loads, one header read, an integer hash of LuaJIT's bit library, one table look-up,
 * one header written. The hash is cheaper than xxHash64 and the table is not Maglev's, which favours Lua; its
 * picks are not compared with anything.
 */

export interface LuaOptions {
  readonly hosts: readonly string[];
  readonly header: string;
  /** Names removed from the response by the script; none leaves the response callback out. */
  readonly stripped: readonly string[];
}

/** Source of `envoy_on_request` and, when something is stripped, `envoy_on_response`. */
export function luaPick(options: LuaOptions): string {
  const encoded = options.hosts.map((host) => `'${Buffer.from(host).toString('base64')}'`);
  const response = [
    'function envoy_on_response(handle)',
    '  local headers = handle:headers()',
    ...options.stripped.map((name) => `  headers:remove('${name}')`),
    'end',
  ];
  return [
    "local bit = require('bit')",
    'local bxor, tobit, band, rshift, byte = bit.bxor, bit.tobit, bit.band, bit.rshift, string.byte',
    `local hosts = {${encoded.join(', ')}}`,
    'local size = 65537',
    'local slots = {}',
    'for i = 0, size - 1 do slots[i] = hosts[i % #hosts + 1] end',
    'local function hash(key)',
    '  local h = 5381',
    '  for i = 1, #key do h = bxor(tobit(h * 33), byte(key, i)) end',
    '  h = bxor(h, rshift(h, 15))',
    '  return h < 0 and h + 4294967296 or h',
    'end',
    'function envoy_on_request(handle)',
    '  local headers = handle:headers()',
    `  local key = headers:get('${options.header}')`,
    "  if key then headers:replace('x-loadstar-host', slots[hash(key) % size]) end",
    'end',
    ...(options.stripped.length === 0 ? [] : response),
  ].join('\n');
}
