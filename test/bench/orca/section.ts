/** The section `orca`: nanoseconds to read a load report in each form, and to write what Envoy accepts. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';
import { fixed, table } from '../report/table.ts';
import { root } from '../support/cli.ts';
import { type Spread, spread } from '../support/stats.ts';

export interface Parse {
  readonly form: string;
  readonly bytes: number;
  /** Nanoseconds to parse. */
  readonly read: Spread;
  /** Nanoseconds to parse and to write the report anew as TEXT. */
  readonly whole: Spread;
  /** JSON.parse of Node for the same, where it is JSON. */
  readonly node?: Spread;
  readonly refused: boolean;
}

interface Sample {
  readonly form: string;
  readonly value: string;
  readonly bin?: boolean;
  readonly json?: string;
}

const json =
  '{"cpu_utilization":0.31,"mem_utilization":0.82,"rps_fractional":120.5,"named_metrics":{"foo":0.3}}';

const samples: readonly Sample[] = [
  {
    form: 'TEXT, 4 metrics',
    value: 'TEXT cpu_utilization=0.31,mem_utilization=0.82,rps_fractional=120.5,named_metrics.foo=0.3',
  },
  { form: 'TEXT, the documentation’s', value: 'TEXT cpu=0.3,mem=0.8,foo_bytes=123' },
  { form: 'JSON, 4 metrics', value: `JSON ${json}`, json },
  { form: 'binary, 4 metrics', value: protobuf(), bin: true },
  { form: 'binary, malformed', value: 'Cg4KCHNvbWUta2V5Eg0AAAAAAADwPw==', bin: true },
];

/** cpu 0.31, mem 0.82, rps_fractional 120.5, named foo 0.3, as base64 of the protobuf message. */
function protobuf(): string {
  const double = (field: number, value: number) => {
    const bytes = Buffer.alloc(9);
    bytes[0] = (field << 3) | 1;
    bytes.writeDoubleLE(value, 1);
    return bytes;
  };
  const entry = Buffer.concat([Buffer.from([0x0a, 3]), Buffer.from('foo'), double(2, 0.3)]);
  const named = Buffer.concat([Buffer.from([(8 << 3) | 2, entry.length]), entry]);
  return Buffer.concat([double(1, 0.31), double(2, 0.82), double(6, 120.5), named]).toString('base64');
}

export async function benchOrca(quick: boolean): Promise<Parse[]> {
  const module = new WebAssembly.Module(await compile());
  const functions = new Proxy({}, { get: () => () => 0 });
  const exports = new WebAssembly.Instance(module, { env: functions } as never).exports as {
    memory: WebAssembly.Memory;
    buffer(): number;
    read(times: number, length: number, bin: number): number;
    whole(times: number, length: number, bin: number): number;
  };
  const times = 20_000;
  const rounds = quick ? 7 : 25;
  const clock = (work: () => unknown): Spread => {
    const found: number[] = [];
    for (let i = 0; i < rounds + 3; i++) {
      const begin = process.hrtime.bigint();
      work();
      found.push(Number(process.hrtime.bigint() - begin) / times);
    }
    return spread(found.slice(3));
  };
  return samples.map(({ form, value, bin = false, json }) => {
    const bytes = Buffer.from(value);
    new Uint8Array(exports.memory.buffer).set(bytes, exports.buffer());
    const refused = exports.read(1, bytes.length, Number(bin)) !== 0;
    const parse = () => {
      for (let i = 0; i < times; i++) JSON.parse(json!);
    };
    return {
      form,
      bytes: bytes.length,
      read: clock(() => exports.read(times, bytes.length, Number(bin))),
      whole: clock(() => exports.whole(times, bytes.length, Number(bin))),
      ...(json === undefined ? {} : { node: clock(parse) }),
      refused,
    };
  });
}

/** loop.as as if it stood in assembly/, with the release's flags. */
async function compile(): Promise<Uint8Array<ArrayBuffer>> {
  const source = readFileSync(new URL('./loop.as', import.meta.url), 'utf8');
  const entry = 'assembly/bench-loop.ts';
  let bytes: Uint8Array | undefined;
  const flags = [
    '--optimizeLevel',
    '3',
    '--shrinkLevel',
    '1',
    '--converge',
    '--noAssert',
    '--runtime',
    'stub',
  ];
  const { error, stderr } = await main([entry, ...flags, '--use', 'abort=', '--outFile', 'out.wasm'], {
    readFile: (name) => {
      if (name === entry) return source;
      const path = join(root, name);
      return existsSync(path) ? readFileSync(path, 'utf8') : null;
    },
    writeFile: (name, contents) => {
      if (name === 'out.wasm') bytes = contents as unknown as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error !== null || bytes === undefined)
    throw new Error(`loop.as does not compile:\n${stderr.toString()}`);
  return new Uint8Array(bytes);
}

export function renderOrca(parses: readonly Parse[]): string {
  return table<Parse>(
    [
      { title: 'report', of: (p) => p.form },
      { title: 'bytes', of: (p) => String(p.bytes), right: true },
      { title: 'read ns', of: (p) => fixed(p.read.median, 0), right: true },
      { title: 'min', of: (p) => fixed(p.read.min, 0), right: true },
      {
        title: 'read and write ns',
        of: (p) => (p.refused ? 'refused' : fixed(p.whole.median, 0)),
        right: true,
      },
      { title: 'JSON.parse ns', of: (p) => fixed(p.node?.median, 0), right: true },
    ],
    parses,
  );
}
