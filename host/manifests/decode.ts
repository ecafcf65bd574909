/**
 * The bytes of a file → text. Manifests are UTF-8, as Kubernetes reads them; UTF-16 is accepted if it begins
 * with its byte order mark (YAML 1.2, 5.2), as editors and shells on Windows write it. Other bytes are
 * refused, since they would silently change names and keys.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { Lines } from './lines.ts';

type Decoded =
  | { readonly ok: true; readonly text: string }
  /** `text`: as far as it can be read. */
  | { readonly ok: false; readonly text: string; readonly diagnostic: Diagnostic };

/** A byte order mark is no part of the text. */
export function decodeText(file: string, bytes: Uint8Array): Decoded {
  const text = attempt(wideOf(bytes) ?? 'utf-8', bytes);
  if (text === undefined) return refuse(file, bytes);
  const nul = text.indexOf('\0');
  if (nul < 0) return { ok: true, text };
  const at = new Lines(file, text).location(nul, nul + 1);
  return {
    ok: false,
    text,
    diagnostic: {
      code: 'input-encoding',
      severity: 'error',
      message: `${file} is no text: here is a NUL character.`,
      at,
      rule,
      hint: 'Is it a manifest? If it is, save it as UTF-8.',
    },
  };
}

const rule = 'A manifest is text in UTF-8, or in UTF-16 with a byte order mark.';

/**
 * FF FE 00 00 is the mark of UTF-32, which is not used in practice: it is read as UTF-16 with NUL characters.
 */
function wideOf(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return undefined;
}

function attempt(encoding: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function refuse(file: string, bytes: Uint8Array): Decoded {
  const code = 'input-encoding';
  const hint = 'Save it as UTF-8.';
  const wide = wideOf(bytes);
  if (wide !== undefined) {
    const message = `${file} begins as UTF-16 and is not.`;
    const text = new TextDecoder(wide).decode(bytes);
    return { ok: false, text, diagnostic: { code, severity: 'error', message, rule, hint } };
  }
  const lossy = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const [offset, index] = firstBad(lossy, bytes);
  const at = new Lines(file, lossy).location(index, index + 1);
  const value = `0x${bytes[offset]!.toString(16).padStart(2, '0')}`;
  const message = `${file} is not UTF-8: the byte ${value} is part of no character.`;
  return { ok: false, text: lossy, diagnostic: { code, severity: 'error', message, at, value, rule, hint } };
}

/**
 * Where the decoder put the first U+FFFD that is not there in the bytes (EF BF BD): as byte and as character.
 */
function firstBad(lossy: string, bytes: Uint8Array): [offset: number, index: number] {
  let offset = 0;
  let from = 0;
  for (let index = lossy.indexOf('\ufffd'); index >= 0; index = lossy.indexOf('\ufffd', from)) {
    offset += Buffer.byteLength(lossy.slice(from, index));
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd)
      return [offset, index];
    offset += 3;
    from = index + 1;
  }
  return [0, 0];
}
