// A filter for tests of the host: each callback does one visible thing with each host function, in AssemblyScript against the
// raw ABI. Header `trap` traps. Built by ../assemble.ts, never shipped.

// @ts-ignore: decorator
@external("env", "proxy_log") declare function log(level: u32, at: usize, size: usize): u32;
// @ts-ignore: decorator
@external("env", "proxy_get_header_map_value") declare function get(type: u32, k: usize, n: usize, v: usize, s: usize): u32;
// @ts-ignore: decorator
@external("env", "proxy_add_header_map_value") declare function add(type: u32, k: usize, n: usize, v: usize, s: usize): u32;
// @ts-ignore: decorator
@external("env", "proxy_replace_header_map_value") declare function replace(type: u32, k: usize, n: usize, v: usize, s: usize): u32;
// @ts-ignore: decorator
@external("env", "proxy_remove_header_map_value") declare function remove(type: u32, k: usize, n: usize): u32;
// @ts-ignore: decorator
@external("env", "proxy_get_header_map_pairs") declare function pairs(type: u32, v: usize, s: usize): u32;
// @ts-ignore: decorator
@external("env", "proxy_get_property") declare function property(k: usize, n: usize, v: usize, s: usize): u32;
// @ts-ignore: decorator
@external("env", "proxy_get_buffer_bytes") declare function buffer(type: u32, from: u32, n: u32, v: usize, s: usize): u32;
// @ts-ignore: decorator
@external("env", "proxy_define_metric") declare function define(type: u32, k: usize, n: usize, id: usize): u32;
// @ts-ignore: decorator
@external("env", "proxy_increment_metric") declare function increment(id: u32, by: i64): u32;
// @ts-ignore: decorator
@external("env", "proxy_record_metric") declare function record(id: u32, value: u64): u32;
// @ts-ignore: decorator
@external("env", "proxy_set_shared_data") declare function share(k: usize, n: usize, v: usize, s: usize, cas: u32): u32;
// @ts-ignore: decorator
@external("env", "proxy_get_shared_data") declare function shared(k: usize, n: usize, v: usize, s: usize, cas: usize): u32;
// @ts-ignore: decorator
@external("env", "proxy_get_current_time_nanoseconds") declare function now(at: usize): u32;
// @ts-ignore: decorator
@external("env", "proxy_set_tick_period_milliseconds") declare function period(ms: u32): u32;

const out = memory.data(32); // value, size, id, cas, time
let counter: u32 = 0;
let gauge: u32 = 0;

export function proxy_abi_version_0_2_1(): void {}
export function malloc(size: usize): usize { return heap.alloc(size); }

function text(s: string): ArrayBuffer { return String.UTF8.encode(s); }
function at(b: ArrayBuffer): usize { return changetype<usize>(b); }

export function proxy_on_vm_start(id: u32, size: u32): u32 { return 1; }

export function proxy_on_configure(id: u32, size: u32): u32 {
  if (buffer(7, 0, size, out, out + 4) != 0) return 0;
  const first = size > 0 ? load<u8>(load<usize>(out)) : 0;
  if (first == 0x3f) unreachable(); // ?
  if (first == 0x21) { // !
    log(5, load<usize>(out), load<usize>(out, 4));
    return 0;
  }
  const c = text("probe_total"), g = text("probe_gauge");
  define(0, at(c), c.byteLength, out + 8);
  counter = load<u32>(out, 8);
  define(1, at(g), g.byteLength, out + 8);
  gauge = load<u32>(out, 8);
  period(250);
  return 1;
}

export function proxy_on_tick(id: u32): void {
  now(out + 16);
  record(gauge, load<u64>(out, 16));
}

export function proxy_on_request_headers(id: u32, n: u32, end: u32): u32 {
  const trap = text("trap"), key = text("key"), to = text("copy"), path = text("xds\0cluster_name"), prop = text("cluster");
  if (get(0, at(trap), trap.byteLength, out, out + 4) == 0) unreachable();
  if (get(0, at(key), key.byteLength, out, out + 4) == 0) replace(0, at(to), to.byteLength, load<usize>(out), load<usize>(out, 4));
  if (property(at(path), path.byteLength, out, out + 4) == 0) replace(0, at(prop), prop.byteLength, load<usize>(out), load<usize>(out, 4));
  increment(counter, 1);
  return 0;
}

export function proxy_on_response_headers(id: u32, n: u32, end: u32): u32 {
  const secret = text("secret"), key = text("k"), one = text("one"), two = text("two"), name = text("cas");
  remove(2, at(secret), secret.byteLength);
  share(at(key), key.byteLength, at(one), one.byteLength, 0);
  shared(at(key), key.byteLength, out, out + 4, out + 12);
  const cas = load<u32>(out, 12);
  // A wrong cas is refused (8), the right one taken (0).
  const wrong = share(at(key), key.byteLength, at(two), two.byteLength, cas + 1);
  const right = share(at(key), key.byteLength, at(two), two.byteLength, cas);
  const answer = text(wrong.toString() + "," + right.toString());
  add(2, at(name), name.byteLength, at(answer), answer.byteLength);
  return 0;
}

export function proxy_on_response_trailers(id: u32, n: u32): u32 {
  // How many pairs the serialised form says it has.
  const name = text("count");
  if (pairs(3, out, out + 4) == 0) {
    const answer = text(load<u32>(load<usize>(out)).toString());
    add(3, at(name), name.byteLength, at(answer), answer.byteLength);
  }
  return 0;
}
