/**
 * What the pace of a host is compared with: those of all hosts, in one pass and constant memory, as counts by
 * size, eight for each doubling.
 */
const COUNTS: u32 = 32 * 8;
const counts: usize = memory.data(COUNTS * 4, 4);
let all: u32 = 0;

export function startPeers(): void {
  memory.fill(counts, 0, COUNTS * 4);
  all = 0;
}

/** @param value Above 0. */
export function addPeer(value: u32): void {
  const at = counts + (<usize>sizeOf(value) << 2);
  store<u32>(at, load<u32>(at) + 1);
  all++;
}

/**
 * What a host is compared with; 0 for fewer than two values. It is the value that a quarter of them exceed,
 * so never more than a quarter are slow. Where the hosts differ much anyway, as with queues everywhere, it is
 * more by as much as the quarters differ.
 */
export function reference(): f64 {
  if (all < 2) return 0;
  const quarter = (all + 3) / 4;
  const high = ranked(all - quarter);
  return (high * high) / ranked(quarter);
}

/** The value of a rank, from 1 on, to a sixteenth. */
function ranked(rank: u32): f64 {
  let left = rank;
  let size: u32 = 0;
  for (; size < COUNTS - 1; size++) {
    const here = load<u32>(counts + (<usize>size << 2));
    if (here >= left) break;
    left -= here;
  }
  return middleOf(size);
}

/** Eight sizes from each power of 2 to the next. */
function sizeOf(value: u32): u32 {
  const power = 31 - clz(value);
  const eighth = power >= 3 ? (value >> (power - 3)) & 7 : (value << (3 - power)) & 7;
  return power * 8 + eighth;
}

function middleOf(size: u32): f64 {
  const power = <f64>((<u64>1) << (size / 8));
  return power * (1 + (<f64>(size % 8) + 0.5) / 8);
}
