/**
 * What hosts send as load reports: the filter's lines in Envoy's log (assembly/filter/tell.ts has their
 * form), which Envoy writes only while somebody listens.
 */
import { ORCA_HEADERS, type OrcaPolicy, readNatively, refusalText } from '../explain/orca.ts';
import { type Heard, type HeardHost, type HeardReport, MAX_HEARD } from './contract.ts';
import { hostKey } from './envoy-pages.ts';

/** Hosts that are remembered. */
const MAX_KEPT = 4_096;
const MARK = 'loadstar load report ';
/** Words before the text of the report. */
const WORDS = 9;

interface Line {
  readonly pool: string;
  readonly host: string;
  readonly accepted: number;
  readonly repaired: number;
  readonly refused: number;
  readonly report: Omit<HeardReport, 'native'>;
}

interface Kept {
  readonly pool: string;
  readonly host: string;
  accepted: number;
  repaired: number;
  refused: number;
  good?: HeardReport;
  bad?: HeardReport;
}

export class HeardReports {
  readonly #hosts = new Map<string, Kept>();
  readonly #policyOf: (pool: string) => OrcaPolicy | undefined;
  /** Whether there is anything to tell since it was read last: at first, that nothing came yet. */
  isNew = true;
  #trouble = '';

  /** @param policyOf Undefined: there is no such pool. */
  constructor(policyOf: (pool: string) => OrcaPolicy | undefined) {
    this.#policyOf = policyOf;
  }

  /** @param at Milliseconds since 1970. */
  add(text: string, at: number): void {
    const line = readLine(text, at);
    const policy = line && this.#policyOf(line.pool);
    if (line === undefined || policy === undefined) return;
    const { pool, host, report } = line;
    const key = hostKey(pool, host);
    const kept = this.#hosts.get(key) ?? { pool, host, accepted: 0, repaired: 0, refused: 0 };
    if (!this.#hosts.has(key)) {
      if (this.#hosts.size >= MAX_KEPT) return;
      this.#hosts.set(key, kept);
    }
    this.isNew = true;
    kept.accepted += line.accepted;
    kept.repaired += line.repaired;
    kept.refused += line.refused;
    const isBad = report.result === 'refused';
    const before = isBad ? kept.bad : kept.good;
    // Most hosts say the same again and again.
    const isSame = before !== undefined && before.value === report.value && before.header === report.header;
    const isCut = report.value.length < report.bytes;
    const native = isSame
      ? before.native
      : isCut
        ? undefined
        : readNatively(report.header, report.value, policy);
    kept[isBad ? 'bad' : 'good'] = { ...report, native };
  }

  /** @param why Nothing can be heard. */
  fail(why: string): void {
    this.#trouble = why;
    this.isNew = true;
  }

  /** By pool and host; those that have something refused come first. */
  listed(): Heard {
    this.isNew = false;
    const all = [...this.#hosts.values()].sort(
      (a, b) => Number(b.refused > 0) - Number(a.refused > 0) || (nameOf(a) < nameOf(b) ? -1 : 1),
    );
    const hosts = all.slice(0, MAX_HEARD).map(
      ({ good, bad, ...rest }): HeardHost => ({
        ...rest,
        reports: [good, bad].filter((report) => report !== undefined),
      }),
    );
    return { hosts, more: all.length - hosts.length, trouble: this.#trouble };
  }
}

const nameOf = ({ pool, host }: Kept): string => hostKey(pool, host);

/** Undefined: it is about something else. */
export function readLine(text: string, at: number): Line | undefined {
  const mark = text.indexOf(MARK);
  if (mark < 0) return undefined;
  const words: string[] = [];
  let from = mark + MARK.length;
  while (words.length < WORDS) {
    const to = text.indexOf(' ', from);
    if (to < 0) return undefined;
    words.push(text.slice(from, to));
    from = to + 1;
  }
  const [pool, host, accepted, repaired, refused, result, reason, form, bytes] = words as [
    string,
    ...string[],
  ];
  if (result !== 'accepted' && result !== 'repaired' && result !== 'refused') return undefined;
  return {
    pool,
    host: host!,
    accepted: Number(accepted) || 0,
    repaired: Number(repaired) || 0,
    refused: Number(refused) || 0,
    report: {
      at,
      header: ORCA_HEADERS[form === 'bin' ? 1 : 0],
      value: text.slice(from),
      bytes: Number(bytes) || 0,
      result,
      because: result === 'refused' ? refusalText(reason!) : '',
    },
  };
}
