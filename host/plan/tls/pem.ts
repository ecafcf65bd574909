/** PEM (RFC 7468): labelled blocks in a text; what stands between them is left out. */
import { X509Certificate } from 'node:crypto';

export interface PemBlock {
  /** As `CERTIFICATE`. */
  readonly label: string;
  /** From BEGIN to END, without a line end after it. */
  readonly text: string;
}

/** In their order. A block that does not end is none. */
export function pemBlocks(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  const begin = /-----BEGIN ([A-Z0-9 ]+)-----/g;
  for (let found = begin.exec(text); found !== null; found = begin.exec(text)) {
    const label = found[1]!;
    const mark = `-----END ${label}-----`;
    const end = text.indexOf(mark, begin.lastIndex);
    if (end < 0) break;
    blocks.push({ label, text: text.slice(found.index, end + mark.length).replaceAll('\r', '') });
    begin.lastIndex = end + mark.length;
  }
  return blocks;
}

/** The certificate in a block; undefined when it is none. */
export function certificateIn({ label, text }: PemBlock): X509Certificate | undefined {
  if (label !== 'CERTIFICATE') return undefined;
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

/** As a file of its own. */
export const pemText = (blocks: readonly PemBlock[]): string =>
  blocks.map(({ text }) => `${text}\n`).join('');
