/**
 * One member out of a zip archive (a Python wheel is one): end record, central directory, local header,
 * inflate. PKWARE's APPNOTE 6.3.3 without zip64, encryption and multi-volume archives, which wheels do not
 * use.
 */
import { inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
/** The end record is 22 bytes and a comment of at most 65535. */
const END_SIZE = 22;
const COMMENT_LIMIT = 65_535;

/**
 * The content of the first member whose name `wanted` accepts, or undefined.
 * @throws {Error} when the bytes are no zip archive or the member is damaged.
 */
export function unzipMember(archive: Buffer, wanted: (name: string) => boolean): Buffer | undefined {
  const end = endRecord(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    if (archive.readUInt32LE(at) !== CENTRAL)
      throw new Error('the zip archive is damaged: no directory entry');
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    if (wanted(name)) {
      return member(archive, {
        method: archive.readUInt16LE(at + 10),
        packed: archive.readUInt32LE(at + 20),
        size: archive.readUInt32LE(at + 24),
        at: archive.readUInt32LE(at + 42),
      });
    }
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return undefined;
}

function endRecord(archive: Buffer): number {
  const first = Math.max(0, archive.length - END_SIZE - COMMENT_LIMIT);
  for (let at = archive.length - END_SIZE; at >= first; at--) {
    if (archive.readUInt32LE(at) === END) return at;
  }
  throw new Error('not a zip archive');
}

function member(
  archive: Buffer,
  entry: { method: number; packed: number; size: number; at: number },
): Buffer {
  if (archive.readUInt32LE(entry.at) !== LOCAL)
    throw new Error('the zip archive is damaged: no local header');
  // The local header's own lengths: its extra field may differ from the directory's.
  const start = entry.at + 30 + archive.readUInt16LE(entry.at + 26) + archive.readUInt16LE(entry.at + 28);
  const packed = archive.subarray(start, start + entry.packed);
  const content =
    entry.method === 0 ? Buffer.from(packed) : inflateRawSync(packed, { maxOutputLength: entry.size });
  if (content.length !== entry.size) throw new Error('the zip archive is damaged: a member is cut short');
  return content;
}
