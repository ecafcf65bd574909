/**
 * The demo's four replicas of the documents' `backend`: they count requests by path and report the load that
 * the demo sets, in the form that it sets. The same again over HTTP/2, for trailers.
 */
import { Backend, type Seen } from './fakes/backend.ts';
import { onOnePort } from './fakes/listen.ts';

/** Fields that report a CPU utilization, in one of ORCA's forms. */
export type Reporter = (cpu: number) => Readonly<Record<string, string>>;

/** The load that a path reports, and its form; with HTTP/2 in trailers. Other paths report nothing. */
export type Reports = Map<string, { readonly form: Reporter; cpu: number }>;

export interface Replica {
  readonly address: string;
  readonly port: number;
  /** Requests answered, by the value of x-demo-count, else by path. */
  readonly hits: Map<string, number>;
  readonly reports: Reports;
  stop(): Promise<void>;
}

/** A short wait before each answer, so that requests overlap and least-request has something to choose by. */
const answerAfterMs = 2;

const pathOf = (url: string): string => url.split('?')[0]!;

/**
 * One replica on each address, all on port `wanted` when it is free there, else on another one. Rejects with
 * what the kernel says about an address that this machine does not have.
 */
export const startReplicas = (
  addresses: readonly string[],
  wanted: number,
  protocol: 'http1' | 'h2c',
): Promise<Replica[]> =>
  onOnePort(addresses, wanted, (address, port) => startReplica(address, port, protocol));

async function startReplica(address: string, port: number, protocol: 'http1' | 'h2c'): Promise<Replica> {
  const reports: Reports = new Map();
  const countAs = ({ path, headers }: Seen): string => {
    const counted = headers['x-demo-count'];
    return typeof counted === 'string' ? counted : pathOf(path);
  };
  const backend = await Backend.start({ address, port, protocol, countAs });
  backend.reply = ({ path: url, headers }) => {
    const path = pathOf(url);
    const report = reports.get(path);
    const fields = report === undefined ? [] : Object.entries(report.form(report.cpu));
    const json = ['content-type', 'application/json'] as const;
    return {
      headers: protocol === 'http1' ? [json, ...fields] : [json],
      trailers: protocol === 'http1' ? undefined : fields,
      body: `${JSON.stringify({ path, host: headers.host ?? headers[':authority'], backend: address })}\n`,
      delayMs: answerAfterMs,
    };
  };
  return { address, port: backend.port, hits: backend.hits, reports, stop: () => backend.stop() };
}
