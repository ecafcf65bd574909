// The bench's entry (AssemblyScript, compiled with the flags of the release): parses one report over and over inside the
// module, so that no call from JavaScript is counted. `read` parses and touches the result; `whole` also writes the repair.
import * as arena from './bytes/arena';
import { view } from './bytes/view';
import { parseBinaryHeader, parseHeader } from './orca/parse';
import * as repair from './orca/repair';
import * as report from './orca/report';
import * as writer from './bytes/writer';

const input: usize = memory.data(65536);
const output: usize = memory.data(65536);

export function buffer(): usize {
  return input;
}

/** The reason of the last refusal, 0 for a good report. */
export function read(times: u32, length: u32, bin: bool): u32 {
  for (let i: u32 = 0; i < times; i++) {
    arena.reset();
    if (bin) parseBinaryHeader(view(input, length));
    else parseHeader(view(input, length));
  }
  return report.reason();
}

/** As `read`, and the report as Envoy takes it. Returns the bytes written. */
export function whole(times: u32, length: u32, bin: bool): u32 {
  for (let i: u32 = 0; i < times; i++) {
    arena.reset();
    if (bin) parseBinaryHeader(view(input, length));
    else parseHeader(view(input, length));
    if (report.reason() != 0) continue;
    repair.ensureUtilization();
    if (report.valueOf(report.FIELD_RPS_FRACTIONAL) <= 0) repair.setRate(12.5);
    writer.open(output, 65536);
    repair.emit();
  }
  return <u32>(writer.written() & 0xffffffff) | <u32>(writer.written() >> 32);
}
