/**
 * Certificate revocation lists (RFC 5280, section 5): references → PEM, with what Envoy Gateway checks
 * (validateCrl): that each is one, and is valid now. Envoy itself compares signatures and serial numbers.
 */
import type { Path } from '../../basics/path.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ModelIndex } from '../../model/index.ts';
import type { AuthorityRef } from '../../model/resources.ts';
import type { Permits } from '../attach/grants.ts';
import { about, label } from '../from.ts';
import { type AuthorityOwner, MAX_AUTHORITY_BYTES, resolveSource, valueIn } from './authorities.ts';
import { type PemBlock, pemBlocks, pemText } from './pem.ts';
import { timeText } from './server-certificate.ts';

type Read = { readonly pem: string } | { readonly message: string; readonly diagnostic: Diagnostic };

export function readRevocations(
  index: ModelIndex,
  owner: AuthorityOwner,
  path: Path,
  refs: readonly AuthorityRef[],
  permits: Permits,
  now: number,
): Read {
  const blocks: PemBlock[] = [];
  for (const [i, ref] of refs.entries()) {
    const here = [...path, i];
    const found = resolveSource(index, owner, here, ref, { permits });
    if ('fault' in found)
      return {
        message: `failed to get crl from ref: ${found.fault.message}`,
        diagnostic: found.fault.diagnostic,
      };
    const { source } = found;
    const { text, at } = valueIn(source, ['ca.crl']);
    const refuse = (message: string, says: string, hint: string): Read => ({
      message,
      diagnostic: about(source, at, 'error', 'ca-invalid', `${label(source)} ${says}.`, {
        rule: 'The key ca.crl holds lists of revoked certificates, in PEM; until then requests answer 500.',
        hint,
        notes: [{ message: `${label(owner)} refers to it here.`, at: owner.at(...here) }],
      }),
    });
    const none = `failed to get crl from ref: ref ${source.kind.toLowerCase()} [${ref.name}] has none of the expected keys [ca.crl]`;
    if (text === undefined) return refuse(none, 'has no value ca.crl', 'Add ca.crl.');
    if ('fault' in text) return refuse(none, `has a value that ${text.fault}`, 'Decrypt or encode it first.');
    if (text.size > MAX_AUTHORITY_BYTES)
      return refuse(none, `holds ${text.size} bytes`, `Keep it below ${MAX_AUTHORITY_BYTES} bytes.`);
    const own = pemBlocks(text.value).filter((block) => block.label === 'X509 CRL');
    const lists = own.map(timesIn);
    const invalid = (why: string): string => `invalid crl in ${ref.name}: ${why}`;
    if (own.length === 0 || lists.includes(undefined))
      return refuse(
        invalid(own.length === 0 ? 'unable to decode pem data for CRL' : 'failed to parse CRL'),
        own.length === 0 ? 'holds no revocation list in PEM' : 'holds a malformed revocation list',
        'It begins with -----BEGIN X509 CRL-----.',
      );
    for (const times of lists) {
      const { from, to } = times!;
      if (to !== undefined && to < now)
        return refuse(
          invalid(`CRL is expired (next update was due at ${timeText(to)})`),
          `holds a revocation list that ended on ${timeText(to)}`,
          'Put the current list there.',
        );
      if (from > now)
        return refuse(
          invalid(`CRL is not yet valid (this update starts at ${timeText(from)})`),
          `holds a revocation list that begins on ${timeText(from)}`,
          'Put the current list there.',
        );
    }
    blocks.push(...own);
  }
  return { pem: pemText(blocks) };
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/** thisUpdate and nextUpdate of a CertificateList in DER, milliseconds since 1970; undefined: it is none. */
function timesIn({ text }: PemBlock): { readonly from: number; readonly to?: number } | undefined {
  const base64 = text.split('\n').slice(1, -1).join('');
  const [list] = elements(Buffer.from(base64, 'base64'));
  const [body] = list === undefined ? [] : elements(list.content);
  if (body === undefined) return undefined;
  // version (optional), signature, issuer, thisUpdate, nextUpdate (optional), …
  const fields = elements(body.content).filter(({ tag }, i) => i > 0 || tag !== INTEGER);
  const [from, to] = [fields[2], fields[3]].map((field) => (field === undefined ? undefined : timeOf(field)));
  return from === undefined ? undefined : { from, ...(to === undefined ? {} : { to }) };
}
const INTEGER = 0x02;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

/** Those that stand beside each other; as far as they are whole. */
function elements(bytes: Buffer): Element[] {
  const found: Element[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const tag = bytes[at]!;
    let length = bytes[at + 1]!;
    at += 2;
    if (length > 0x80) {
      const size = length & 0x7f;
      if (size > 4 || at + size > bytes.length) break;
      length = bytes.readUIntBE(at, size);
      at += size;
    }
    if (at + length > bytes.length) break;
    found.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return found;
}

/** `YYMMDDHHMMSSZ` (RFC 5280: below 50 is 20YY), or with four digits of the year. */
function timeOf({ tag, content }: Element): number | undefined {
  if (tag !== UTC_TIME && tag !== GENERALIZED_TIME) return undefined;
  const text = content.toString('latin1');
  const century = tag === GENERALIZED_TIME ? '' : Number(text.slice(0, 2)) < 50 ? '20' : '19';
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(century + text) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}
