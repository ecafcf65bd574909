/**
 * Byte strings into buffers. Header names and values are short, and below some tens of bytes a loop is
 * several times as fast as `Buffer.write`, which is a call into Node.
 */
const short = 48;

/** Writes `text` (one byte per character) at `at`; the buffer must have room. Returns where it ends. */
export function writeBytes(to: Buffer, text: string, at: number): number {
  const { length } = text;
  if (length > short) to.write(text, at, 'latin1');
  else for (let i = 0; i < length; i++) to[at + i] = text.charCodeAt(i);
  return at + length;
}
