/** The bench's command line. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Peer } from './filter/edits.ts';

export const sections = [
  'filter',
  'tls',
  'translate',
  'linear',
  'maglev',
  'orca',
  'memory',
  'dashboard',
] as const;
export type Section = (typeof sections)[number];

export interface Options {
  readonly shots: number;
  readonly quick: boolean;
  readonly peers: readonly Peer[];
  readonly only: readonly Section[];
  readonly envoy?: string;
  readonly out: string;
}

export const usage = `npm run bench -- [--shots N] [--quick] [--only SECTION]… [--peer NAME=FILE.wasm[,key=value]…]… [--envoy PATH] [--out FOLDER]

  --shots N    rounds of the filter and tls benches (default 60)
  --quick      fewer rounds and smaller sizes: a look, not a measurement
  --only       one of ${sections.join(', ')}; repeatable
  --peer       another proxy-wasm filter in the place of ours, reading its key from the header foobar and writing the hint.
               It is given our filter's configuration unless it says otherwise: config=FILE (empty: none), root=ID,
               hint=HEADER (where it leaves base64 of ip:port)
  --envoy      the Envoy to run
  --out        where bench.json and filter.svg go (default docs/bench)
`;

export class UsageError extends Error {}

/** @throws {UsageError} with one line that names the argument. */
export function parseOptions(argv: readonly string[], defaultOut: string): Options {
  const { values } = parse(argv);
  const quick = values.quick ?? false;
  const shots = values.shots === undefined ? (quick ? 10 : 60) : Number(values.shots);
  if (!Number.isInteger(shots) || shots < 1 || shots > 1000) {
    throw new UsageError(`--shots must be 1 to 1000, not ${values.shots}`);
  }
  return {
    shots,
    quick,
    peers: (values.peer ?? []).map(parsePeer),
    only: values.only === undefined ? sections : values.only.map(parseSection),
    envoy: values.envoy,
    out: resolve(values.out ?? defaultOut),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        shots: { type: 'string' },
        quick: { type: 'boolean' },
        peer: { type: 'string', multiple: true },
        only: { type: 'string', multiple: true },
        envoy: { type: 'string' },
        out: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function parseSection(text: string): Section {
  const found = sections.find((section) => section === text);
  if (found === undefined) throw new UsageError(`--only must be one of ${sections.join(', ')}, not ${text}`);
  return found;
}

function parsePeer(text: string): Peer {
  const [head, ...rest] = text.split(',');
  const [name, file] = split(head!);
  const peer: { -readonly [K in keyof Peer]: Peer[K] } = { name, file: resolve(file) };
  for (const part of rest) {
    const [key, value] = split(part);
    if (key === 'config') peer.configuration = value === '' ? '' : readFileSync(value, 'utf8');
    else if (key === 'root') peer.rootId = value;
    else if (key === 'hint') peer.hint = value;
    else throw new UsageError(`--peer knows config, root and hint, not ${key}`);
  }
  return peer;
}

function split(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--peer takes NAME=FILE.wasm, not ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}
