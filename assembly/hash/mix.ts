/** Spreads the bits of a number over all of it. Equal results are as rare as equal numbers. */
export function mix(value: u64): u64 {
  let x = value * 0x9e3779b97f4a7c15;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93;
  return x ^ (x >> 32);
}
