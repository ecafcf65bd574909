/**
 * Tells in Envoy's log, at level debug, what a host sends as its load report: the first of each few seconds.
 * Envoy drops these lines while its logger `wasm` is above that level, as it is by default. A line is
 *
 *   loadstar load report <cluster> <host> <accepted> <repaired> <refused> <result> <reason> <form> <bytes> …
 *
 * and then the report's text: its first MAX_TOLD_BYTES, with `?` for what cannot be printed. The three counts
 * are of this worker, since its last line about the host. `form` says in which header the report came, plain
 * or bin.
 */
import { LOG_DEBUG } from '../abi/enums';
import * as host from '../abi/host';
import * as arena from '../bytes/arena';
import { MAX_ADDRESS, MAX_TOLD_BYTES, MAX_TOLD_LINES } from '../bytes/caps';
import { at, Bytes, size } from '../bytes/view';
import * as writer from '../bytes/writer';
import { Heard, isDue, told } from '../load/heard';
import * as metrics from './metrics';

/** Words and numbers of a line. */
const FRAME: u32 = 160;

/** The time of the lines that were counted last, and how many there were: of all hosts of this worker. */
let second: u64 = 0;
let lines: u32 = 0;

/**
 * @param now Of the last tick, in nanoseconds.
 * @param reason Of a refusal, by the numbers of orca/report.
 */
export function hear(
  heard: Heard,
  cluster: Bytes,
  address: Bytes,
  now: u64,
  result: u32,
  reason: u32,
  binary: bool,
  value: Bytes
): void {
  if (result == metrics.ACCEPTED) heard.accepted++;
  else if (result == metrics.REPAIRED) heard.repaired++;
  else heard.refused++;
  const refused = result == metrics.REFUSED_RESULT;
  if (!isDue(heard, refused, now)) return;
  if (now / 1000000000 != second) {
    second = now / 1000000000;
    lines = 0;
  }
  // Its turn comes a second later.
  if (lines == MAX_TOLD_LINES) return;
  lines++;
  const room = FRAME + size(cluster) + MAX_ADDRESS + MAX_TOLD_BYTES;
  writer.open(arena.alloc(room), room);
  writer.text('loadstar load report ');
  writer.bytes(cluster);
  writer.byte(0x20);
  writer.bytes(address);
  count(heard.accepted);
  count(heard.repaired);
  count(heard.refused);
  writer.byte(0x20);
  metrics.writeResult(result);
  writer.byte(0x20);
  if (refused) metrics.writeRefusal(reason);
  else writer.byte(0x2d);
  writer.text(binary ? ' bin' : ' plain');
  count(size(value));
  writer.byte(0x20);
  printable(value);
  if (!writer.overflowed()) host.log(LOG_DEBUG, writer.written());
  told(heard, refused, now);
}

function count(number: u32): void {
  writer.byte(0x20);
  writer.decimal(number);
}

function printable(value: Bytes): void {
  const length = min(size(value), MAX_TOLD_BYTES);
  for (let i: u32 = 0; i < length; i++) {
    const letter = load<u8>(at(value) + i);
    writer.byte(letter >= 0x20 && letter < 0x7f ? letter : 0x3f);
  }
}
