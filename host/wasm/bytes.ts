/**
 * Byte strings into buffers. Header names and values are short: below some tens of bytes a loop is several times as fast as
 * the call into Node that `Buffer.write` is.
 */
const short = 48;

/** Writes `text` (one byte per character) at `at`; the buffer must have room. Returns where it ends. */
export function writeBytes(to: Buffer, text: string, at: number): number {
  const { length } = text;
  if (length > short) to.write(text, at, 'latin1');
  else for (let i = 0; i < length; i++) to[at + i] = text.charCodeAt(i);
  return at + length;
}
