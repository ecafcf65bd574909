/**
 * The protobuf wire format by hand, so that messages can also be wrong. Field numbers:
 * xds/data/orca/v3/orca_load_report.proto.
 */
export const message = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);

export function varint(value: number): Buffer {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...out, rest]);
    out.push((rest % 128) | 128);
  }
}

export const tagged = (field: number, wire: number, value: Buffer): Buffer =>
  Buffer.concat([varint(field * 8 + wire), value]);

export function double(field: number, value: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeDoubleLE(value);
  return tagged(field, 1, out);
}

export function fixed32(field: number, value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value);
  return tagged(field, 5, out);
}

export const bytes = (field: number, value: Buffer): Buffer =>
  tagged(field, 2, message(varint(value.length), value));

/** An entry of a map of names to doubles. */
export const entry = (name: string, value: number): Buffer =>
  message(bytes(1, Buffer.from(name)), double(2, value));

/** A group with a varint inside, as proto2 had them. */
export const group = (field: number): Buffer =>
  message(tagged(field, 3, Buffer.from([8, 1])), varint(field * 8 + 4));
