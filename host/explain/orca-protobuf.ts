/**
 * An OrcaLoadReport out of its protobuf bytes, as lenient as protobuf's own reader: unknown fields are
 * skipped.
 */
import { FIELDS, MAPS, type OrcaReport } from './orca-report.ts';

/** Undefined: not a message of this type (cut short, bad varint, wrong end). */
export function decodeReport(bytes: Uint8Array): OrcaReport | undefined {
  const fields = new Map<string, number>();
  const maps = new Map<string, number>();
  for (const field of records(bytes) ?? [undefined]) {
    if (field === undefined) return undefined;
    const { number, wire, value, bytes: inner } = field;
    const name = FIELDS[number];
    const map = MAPS[number];
    if (name === 'rps' ? wire === VARINT : name !== undefined && wire === FIXED64) fields.set(name!, value);
    else if (map !== undefined && wire === BYTES) {
      const entry = records(inner);
      if (entry === undefined) return undefined;
      const key = entry.findLast((e) => e.number === 1 && e.wire === BYTES);
      const amount = entry.findLast((e) => e.number === 2 && e.wire === FIXED64);
      maps.set(
        `${map}.${key === undefined ? '' : Buffer.from(key.bytes).toString('latin1')}`,
        amount?.value ?? 0,
      );
    }
  }
  return { fields, maps };
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

interface Record {
  readonly number: number;
  readonly wire: number;
  /** Of a varint (as far as a double holds it) or a fixed64 read as double. */
  readonly value: number;
  readonly bytes: Uint8Array;
}

function records(bytes: Uint8Array): Record[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Record[] = [];
  const none = new Uint8Array();
  let at = 0;
  const varint = (): number | undefined => {
    let value = 0;
    // Ten bytes hold 64 bits, the longest that protobuf reads.
    for (let i = 0; i < 10 && at < bytes.length; i++) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    return undefined;
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === undefined || tag >= 2 ** 32 || tag < 8) return undefined;
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (wire === VARINT) {
      const value = varint();
      if (value === undefined) return undefined;
      found.push({ number, wire, value, bytes: none });
    } else if (wire === FIXED64 || wire === FIXED32) {
      const size = wire === FIXED64 ? 8 : 4;
      if (at + size > bytes.length) return undefined;
      found.push({ number, wire, value: size === 8 ? view.getFloat64(at, true) : 0, bytes: none });
      at += size;
    } else if (wire === BYTES) {
      const size = varint();
      if (size === undefined || at + size > bytes.length) return undefined;
      found.push({ number, wire, value: 0, bytes: bytes.subarray(at, at + size) });
      at += size;
    } else return undefined;
  }
  return found;
}
