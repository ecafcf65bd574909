/**
 * Load reports for the comparison with Envoy: every form, good, odd and hostile. Each has a short name that
 * says what is special; names are unique, so that docs/ORCA.md can list them. Rates of 100 are not used: it
 * is what the filter writes where it has not measured anything yet.
 */
import { bytes, double, entry, fixed32, group, message, tagged, varint } from './wire.ts';

const PLAIN = 'endpoint-load-metrics';
const BINARY = 'endpoint-load-metrics-bin';

/** metricNamesForComputingUtilization of both clusters. */
export const metricNames = ['named_metrics.kv', 'utilization.gpu'] as const;

type Field = readonly [name: string, value: string];
export interface Case {
  readonly group: string;
  readonly name: string;
  readonly headers: readonly Field[];
  readonly trailers: readonly Field[];
}

const one = (group: string, name: string, value: string, header = PLAIN): Case => ({
  group,
  name,
  headers: [[header, value]],
  trailers: [],
});

const numbers = [
  ...[
    '0',
    '0.0',
    '-0',
    '+0',
    '00',
    '1',
    '1.0',
    '+1',
    '01',
    '0.5',
    '.5',
    '5.',
    '.',
    '-.5',
    '+.5',
    '0.30000000000000004',
    '0.1e1',
  ],
  ...[
    '5e-1',
    '5E-1',
    '5e+0',
    '5e',
    'e5',
    '5e1.5',
    '1e-300',
    '4.9e-324',
    '1e-400',
    '1e308',
    '1.7976931348623157e308',
    '1.8e308',
    '1e400',
    '-1e400',
  ],
  ...[
    '-1',
    '-0.5',
    '-1e-9',
    'nan',
    'NaN',
    '-nan',
    'inf',
    'Infinity',
    '-inf',
    '+inf',
    '0x1',
    '0x1p-1',
    '0X10',
    '1_000',
    '1,5',
    '0,5',
    '50%',
    '½',
    '1d',
    '1f',
  ],
  ...[
    'true',
    'null',
    '"0.5"',
    "'0.5'",
    '0.5.1',
    '--1',
    '+-1',
    '0.5 0.6',
    `0.${'3'.repeat(400)}`,
    '9'.repeat(309),
    '1000000',
    '1000001',
    '9007199254740993',
  ],
];

const textNumbers = numbers.map((n) =>
  one('Numbers in TEXT', `cpu_utilization=${short(n)}`, `TEXT cpu_utilization=${n},rps_fractional=7`),
);
const jsonNumbers = [
  ...numbers.map((n) =>
    one(
      'Numbers in JSON',
      `cpu_utilization: ${short(n)}`,
      `JSON {"cpu_utilization":${n},"rps_fractional":7}`,
    ),
  ),
  ...[
    '0.5',
    ' 0.5',
    '0.5 ',
    '',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    '-Infinity',
    '+1',
    '.5',
    '5.',
    'a',
    '-1',
    '1e400',
  ].map((n) =>
    one(
      'Numbers in JSON',
      `cpu_utilization in quotes: ${short(n)}`,
      `JSON {"cpu_utilization":"${n}","rps_fractional":7}`,
    ),
  ),
];

const rates = [
  '0',
  '0.0001',
  '0.5',
  '1',
  '1e6',
  '1e7',
  '10000001',
  '1e9',
  '4294967296',
  '1e19',
  '1e308',
  '-1',
  'nan',
  'inf',
].flatMap((n) => [
  one('Rates', `TEXT rps_fractional=${n}`, `TEXT cpu_utilization=0.5,rps_fractional=${n}`),
  one('Rates', `TEXT eps=${n}`, `TEXT cpu_utilization=0.5,rps_fractional=7,eps=${n}`),
  one('Rates', `JSON rps: ${n}`, `JSON {"cpu_utilization":0.5,"rps":${n}}`),
]);

const utilizations = [
  'cpu_utilization=0',
  'cpu_utilization=0,application_utilization=0.5',
  'application_utilization=0',
  'application_utilization=0.2,cpu_utilization=0.9',
  'named_metrics.kv=0.3,cpu_utilization=0.9',
  'named_metrics.kv=0,cpu_utilization=0.9',
  'named_metrics.kv=0',
  'named_metrics.kv=0.3,utilization.gpu=0.4',
  'utilization.gpu=0.4',
  'utilization.other=0.4',
  'named_metrics.other=0.4',
  'mem_utilization=0.4',
  'mem_utilization=1.5,cpu_utilization=0.5',
  'utilization.gpu=1.5',
  'cpu_utilization=1.5',
  'cpu_utilization=80',
  'cpu_utilization=1000000',
  'cpu_utilization=1e7',
  'application_utilization=4',
  'eps=3',
  'request_cost.db=3,cpu_utilization=0.5',
].flatMap((list) => [
  one('Utilization', `TEXT ${list}, with a rate`, `TEXT ${list},rps_fractional=7`),
  one('Utilization', `TEXT ${list}, without a rate`, `TEXT ${list}`),
]);

const textNames = [
  ...[
    'cpu',
    'mem',
    'memory',
    'app',
    'util',
    'utilization',
    'qps',
    'rps',
    'CPU_UTILIZATION',
    'Cpu_Utilization',
    'cpuUtilization',
    'cpu-utilization',
  ],
  ...[
    'cpu utilization',
    'cpu.utilization',
    'cpu_utilization ',
    'cpu_utilizatio',
    'cpu_utilizations',
    'application',
    'appUtilization',
    'memUtilization',
  ],
  ...[
    'foo_bytes',
    'named_metrics',
    'named_metrics.',
    'named_metrics..',
    'named_metrics.a.b',
    'named_metrics.a/b',
    'named_metrics.a"b',
    'named_metrics.a b',
  ],
  ...[
    "named_metrics.a'b",
    'named_metrics.a{b}',
    'named_metrics.é',
    'NAMED_METRICS.a',
    'namedMetrics.a',
    'named_metrics:a',
    'utilization.',
    'utilization.a',
  ],
  ...[
    'request_cost',
    'request_cost.a',
    'metrics.a',
    '.a',
    '',
    '"cpu_utilization"',
    'cpu_utilization\\',
    'gpu_cache_usage_perc',
    '__proto__',
    'constructor',
  ],
].map((name) =>
  one(
    'Names in TEXT',
    `${name || '(empty)'}=0.5`,
    utf8(`TEXT ${name}=0.5,application_utilization=0.25,rps_fractional=7`),
  ),
);

const textShape = [
  ['no prefix', 'cpu_utilization=0.5,rps_fractional=7'],
  ['lower-case prefix', 'text cpu_utilization=0.5,rps_fractional=7'],
  ['mixed-case prefix', 'Text cpu_utilization=0.5,rps_fractional=7'],
  ['prefix and two spaces', 'TEXT  cpu_utilization=0.5,rps_fractional=7'],
  ['prefix and a tab', 'TEXT\tcpu_utilization=0.5,rps_fractional=7'],
  ['prefix without space', 'TEXTcpu_utilization=0.5'],
  ['prefix and colon', 'TEXT:cpu_utilization=0.5'],
  ['prefix alone', 'TEXT'],
  ['prefix and a space', 'TEXT '],
  ['prefix twice', 'TEXT TEXT cpu_utilization=0.5'],
  ['empty', ''],
  ['comma alone', 'TEXT ,'],
  ['commas', 'TEXT ,,cpu_utilization=0.5,,rps_fractional=7,,'],
  ['semicolons', 'TEXT cpu_utilization=0.5;rps_fractional=7'],
  ['spaces for commas', 'TEXT cpu_utilization=0.5 rps_fractional=7'],
  ['colons', 'TEXT cpu_utilization:0.5,rps_fractional:7'],
  ['both separators', 'TEXT cpu_utilization:0.5,rps_fractional=7'],
  ['= then :', 'TEXT cpu_utilization=:0.5'],
  ['two =', 'TEXT cpu_utilization==0.5'],
  ['two values', 'TEXT cpu_utilization=0.5=0.6'],
  ['spaces around =', 'TEXT cpu_utilization = 0.5 , rps_fractional = 7'],
  ['space before =', 'TEXT cpu_utilization =0.5,rps_fractional=7'],
  ['space behind =', 'TEXT cpu_utilization= 0.5,rps_fractional=7'],
  ['space behind commas', 'TEXT cpu_utilization=0.5, rps_fractional=7'],
  ['tabs', 'TEXT cpu_utilization=0.5,\trps_fractional=7'],
  ['no separator', 'TEXT cpu_utilization'],
  ['no value', 'TEXT cpu_utilization='],
  ['no name', 'TEXT =0.5'],
  ['only a blank value', 'TEXT cpu_utilization= '],
  ['the same twice', 'TEXT cpu_utilization=0.5,cpu_utilization=0.5'],
  ['the same twice, two values', 'TEXT cpu_utilization=0.5,cpu_utilization=0.6'],
  ['the same by two spellings', 'TEXT cpu_utilization=0.5,cpu=0.6,rps_fractional=7'],
  ['the same named metric twice', 'TEXT named_metrics.a=0.5,named_metrics.a=0.6'],
  ['a good pair, then a bad one', 'TEXT cpu_utilization=0.5,x'],
  ['quoted', '"TEXT cpu_utilization=0.5"'],
  ['parameters of HTTP', 'cpu_utilization=0.5; rps_fractional=7'],
  ['unknown prefix', 'YAML cpu_utilization: 0.5'],
  ['only a word', 'BADBAD'],
  ['NUL', 'TEXT cpu_utilization=0.5\0'],
  ['bytes above 127', 'TEXT \xff\xfe=\x80'],
  ['percent escapes', 'TEXT cpu%5Futilization=0.5'],
].map(([name, value]) => one('Shape of TEXT', name!, value!));

const jsonNames = [
  ...[
    'cpu_utilization',
    'cpuUtilization',
    'CpuUtilization',
    'cpu',
    'CPU_UTILIZATION',
    'cpu-utilization',
    'mem_utilization',
    'memUtilization',
  ],
  ...[
    'application_utilization',
    'applicationUtilization',
    'rps_fractional',
    'rpsFractional',
    'eps',
    'rps',
    'qps',
    'unknown',
    '',
    ' cpu_utilization',
  ],
  ...[
    '\\u0063pu_utilization',
    'cpu\\u005futilization',
    'cpu_utilization\\u0000',
    'é',
    'named_metrics.a',
    '[xds.data]',
    '@type',
    '__proto__',
  ],
].map((name) =>
  one(
    'Names in JSON',
    `"${name}": 0.5`,
    utf8(`JSON {"${name}":0.5,"application_utilization":0.25,"rps_fractional":7}`),
  ),
);

const withRate = '"cpu_utilization":0.5,"rps_fractional":7';
const jsonShape = [
  ['as in the documents', '{"cpu_utilization": 0.3, "mem_utilization": 0.8}'],
  ['empty object', '{}'],
  ['array', `[{${withRate}}]`],
  ['null', 'null'],
  ['number', '0.5'],
  ['string', '"cpu_utilization"'],
  ['nothing', ''],
  ['white space everywhere', ` { "cpu_utilization" : 0.5 , "rps_fractional" : 7 } `],
  ['text behind', `{${withRate}} x`],
  ['two objects', `{${withRate}}{${withRate}}`],
  ['cut short', '{"cpu_utilization":0.5,"rps_'],
  ['trailing comma', `{${withRate},}`],
  ['two commas', '{"cpu_utilization":0.5,,"rps_fractional":7}'],
  ['no comma', '{"cpu_utilization":0.5 "rps_fractional":7}'],
  ['no quotes', '{cpu_utilization:0.5,rps_fractional:7}'],
  ['single quotes', "{'cpu_utilization':0.5,'rps_fractional':7}"],
  ['comment', `{${withRate}/* x */}`],
  ['null field', '{"cpu_utilization":null,"rps_fractional":7}'],
  ['null beside a good one', `{${withRate},"eps":null}`],
  ['true', '{"cpu_utilization":true,"rps_fractional":7}'],
  ['array as number', '{"cpu_utilization":[0.5],"rps_fractional":7}'],
  ['object as number', '{"cpu_utilization":{},"rps_fractional":7}'],
  ['the same field twice', `{"cpu_utilization":0.4,${withRate}}`],
  ['the same field by two spellings', `{"cpuUtilization":0.4,${withRate}}`],
  ['named metrics', `{${withRate},"named_metrics":{"kv":0.3,"x":3}}`],
  ['namedMetrics', `{${withRate},"namedMetrics":{"kv":0.3}}`],
  ['named metrics alone', '{"named_metrics":{"kv":0.3}}'],
  ['named metric twice', `{${withRate},"named_metrics":{"kv":0.3,"kv":0.4}}`],
  ['named metrics twice', `{${withRate},"named_metrics":{"kv":0.3},"named_metrics":{"x":0.4}}`],
  ['named metric without name', `{${withRate},"named_metrics":{"":0.3}}`],
  ['named metric with a comma', `{${withRate},"named_metrics":{"a,b":0.3}}`],
  ['named metric with a space', `{${withRate},"named_metrics":{"a b":0.3}}`],
  ['named metric with a line feed', `{${withRate},"named_metrics":{"a\\nb":0.3}}`],
  ['named metric in UTF-8', utf8(`{${withRate},"named_metrics":{"é":0.3}}`)],
  ['named metric, not UTF-8', `{${withRate},"named_metrics":{"\xff":0.3}}`],
  ['named metric, surrogate pair', `{${withRate},"named_metrics":{"\\ud83d\\ude00":0.3}}`],
  ['named metric, lone surrogate', `{${withRate},"named_metrics":{"\\ud83d":0.3}}`],
  ['named metric null', `{${withRate},"named_metrics":{"a":null}}`],
  ['named metric in quotes', `{${withRate},"named_metrics":{"kv":"0.3"}}`],
  ['named metric negative', `{${withRate},"named_metrics":{"x":-1}}`],
  ['named metric NaN', `{${withRate},"named_metrics":{"x":"NaN"}}`],
  ['named metrics null', `{${withRate},"named_metrics":null}`],
  ['named metrics array', `{${withRate},"named_metrics":[1]}`],
  ['named metrics empty', `{${withRate},"named_metrics":{}}`],
  ['utilization', `{${withRate},"utilization":{"gpu":0.3}}`],
  ['utilization above 1', `{${withRate},"utilization":{"gpu":1.3}}`],
  ['request cost', `{${withRate},"request_cost":{"db":3}}`],
  ['requestCost', `{${withRate},"requestCost":{"db":3}}`],
  ['unknown number', `{${withRate},"foo":3}`],
  ['unknown text', `{${withRate},"foo":"bar"}`],
  ['unknown object', `{${withRate},"foo":{"a":1}}`],
  ['bad escape', `{${withRate},"named_metrics":{"\\x":1}}`],
  ['bad \\u', `{${withRate},"named_metrics":{"\\u12g4":1}}`],
  ['control character in a string', `{${withRate},"named_metrics":{"a\tb":1}}`],
  ['30 deep', `{"named_metrics":${'{"a":'.repeat(30)}1${'}'.repeat(31)}`],
  ['2,000 deep', `{"named_metrics":${'{"a":'.repeat(2000)}1${'}'.repeat(2001)}`],
  ['2,000 brackets', '['.repeat(2000)],
  ['as google.protobuf.Any', `{"@type":"type.googleapis.com/xds.data.orca.v3.OrcaLoadReport",${withRate}}`],
].map(([name, value]) => one('Shape of JSON', name!, `JSON ${value}`));
const jsonPrefix = [
  ['no prefix', `{${withRate}}`],
  ['lower-case prefix', `json {${withRate}}`],
  ['two spaces', `JSON  {${withRate}}`],
  ['no space', `JSON{${withRate}}`],
  ['prefix alone', 'JSON'],
  ['byte order mark', `JSON \xef\xbb\xbf{${withRate}}`],
].map(([name, value]) => one('Shape of JSON', `prefix: ${name}`, value!));

const good = message(double(1, 0.5), double(6, 7));
const text64 = good.toString('base64');
const binaryValues = [
  0,
  -0,
  0.5,
  1.5,
  80,
  1e6,
  1e7,
  1e308,
  5e-324,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
].flatMap((n) => [
  one(
    'Binary values',
    `cpu_utilization ${Object.is(n, -0) ? '-0' : n}`,
    message(double(1, n), double(6, 7)).toString('base64'),
    BINARY,
  ),
  one(
    'Binary values',
    `rps_fractional ${Object.is(n, -0) ? '-0' : n}`,
    message(double(1, 0.5), double(6, n)).toString('base64'),
    BINARY,
  ),
]);
const binaryBase64 = [
  ['good', text64],
  ['without padding', text64.replace(/=+$/, '')],
  ['too much padding', `${text64}====`],
  ['padding in the middle', `${text64.slice(0, 4)}==${text64.slice(4)}`],
  ['URL alphabet', Buffer.concat([good, bytes(8, entry('??>', 0.5))]).toString('base64url')],
  ['with spaces', text64.replace(/(.{4})/g, '$1 ')],
  ['bits left over', `${text64.slice(0, -2).replace(/.$/, 'B')}==`],
  ['one character', 'A'],
  ['two characters', 'AA'],
  ['only padding', '===='],
  ['no base64', '!!!!'],
  ['empty', ''],
  ['in quotes', `"${text64}"`],
  ['with the prefix BIN', `BIN ${text64}`],
  ['as in the documents', 'Cg4KCHNvbWUta2V5Eg0AAAAAAADwPw=='],
  ['TEXT in the binary header', 'TEXT cpu_utilization=0.5,rps_fractional=7'],
  ['JSON in the binary header', `{${withRate}}`],
].map(([name, value]) => one('Base64', name!, value!, BINARY));
const binaryPlain = [
  ['BIN', `BIN ${text64}`],
  ['BIN without padding', `BIN ${text64.replace(/=+$/, '')}`],
  ['bin', `bin ${text64}`],
  ['BIN and two spaces', `BIN  ${text64}`],
  ['BIN alone', 'BIN'],
  ['BIN and a space', 'BIN '],
  ['no prefix', text64],
  ['the documents’ report', 'BIN Cg4KCHNvbWUta2V5Eg0AAAAAAADwPw=='],
].map(([name, value]) => one('Base64', `plain header: ${name}`, value!));

const wires: readonly (readonly [string, Buffer])[] = [
  ['nothing inside', Buffer.alloc(0)],
  [
    'all fields',
    message(
      double(1, 0.5),
      double(2, 0.6),
      tagged(3, 0, varint(5)),
      double(6, 7),
      double(7, 1),
      double(9, 0.4),
    ),
  ],
  ['cpu twice: the last counts', message(double(1, 0.4), double(1, 0.5), double(6, 7))],
  ['rps_fractional twice', message(double(1, 0.5), double(6, 7), double(6, 8))],
  ['rps only', message(double(1, 0.5), tagged(3, 0, varint(50)))],
  [
    'rps at its limit',
    message(double(1, 0.5), double(6, 7), tagged(3, 0, Buffer.from('ffffffffffffffffff01', 'hex'))),
  ],
  ['named metric', message(double(1, 0.5), double(6, 7), bytes(8, entry('kv', 0.3)))],
  [
    'named metric twice',
    message(double(1, 0.5), double(6, 7), bytes(8, entry('x', 0.3)), bytes(8, entry('x', 0.4))),
  ],
  ['named metric without value', message(double(1, 0.5), double(6, 7), bytes(8, bytes(1, Buffer.from('x'))))],
  ['named metric without name', message(double(1, 0.5), double(6, 7), bytes(8, double(2, 0.3)))],
  ['named metric, empty entry', message(double(1, 0.5), double(6, 7), bytes(8, Buffer.alloc(0)))],
  [
    'named metric, value first',
    message(double(1, 0.5), double(6, 7), bytes(8, message(double(2, 0.3), bytes(1, Buffer.from('x'))))),
  ],
  [
    'named metric, name twice',
    message(double(1, 0.5), double(6, 7), bytes(8, message(bytes(1, Buffer.from('y')), entry('x', 0.3)))),
  ],
  [
    'named metric, unknown field inside',
    message(double(1, 0.5), double(6, 7), bytes(8, message(entry('x', 0.3), double(5, 1)))),
  ],
  [
    'named metric, name not UTF-8',
    message(
      double(1, 0.5),
      double(6, 7),
      bytes(8, message(bytes(1, Buffer.from([0xff, 0xfe])), double(2, 0.3))),
    ),
  ],
  ['named metric, name with NUL', message(double(1, 0.5), double(6, 7), bytes(8, entry('a\0b', 0.3)))],
  ['named metric, name with a comma', message(double(1, 0.5), double(6, 7), bytes(8, entry('a,b', 0.3)))],
  ['named metric NaN', message(double(1, 0.5), double(6, 7), bytes(8, entry('x', Number.NaN)))],
  ['named metric negative', message(double(1, 0.5), double(6, 7), bytes(8, entry('x', -1)))],
  ['named metrics alone', message(bytes(8, entry('kv', 0.3)), double(6, 7))],
  ['utilization map', message(double(1, 0.5), double(6, 7), bytes(5, entry('gpu', 0.3)))],
  ['request cost', message(double(1, 0.5), double(6, 7), bytes(4, entry('db', 3)))],
  ['unknown varint', message(double(1, 0.5), double(6, 7), tagged(15, 0, varint(5)))],
  ['unknown bytes', message(double(1, 0.5), double(6, 7), bytes(15, Buffer.from('hello')))],
  ['unknown 64 bits', message(double(1, 0.5), double(6, 7), double(15, 1))],
  ['unknown 32 bits', message(double(1, 0.5), double(6, 7), fixed32(15, 1))],
  [
    'unknown field of a large number',
    message(double(1, 0.5), double(6, 7), Buffer.from('f8ffffff0f01', 'hex')),
  ],
  ['field number 0', message(double(1, 0.5), double(6, 7), Buffer.from('0005', 'hex'))],
  ['group', message(double(1, 0.5), double(6, 7), group(15))],
  ['group left open', message(double(1, 0.5), double(6, 7), Buffer.from([(15 << 3) | 3]))],
  ['end of a group', message(double(1, 0.5), double(6, 7), Buffer.from([(15 << 3) | 4]))],
  ['cpu as varint', message(tagged(1, 0, varint(1)), double(6, 7))],
  ['cpu as 32 bits', message(fixed32(1, 1), double(6, 7))],
  ['cpu as packed doubles', message(bytes(1, double(1, 0.5).subarray(1)), double(6, 7))],
  ['rps as 64 bits', message(double(1, 0.5), double(3, 7))],
  ['wire type 6', message(double(1, 0.5), Buffer.from([(15 << 3) | 6]))],
  ['cut in a double', good.subarray(0, 5)],
  ['cut in a length', message(double(1, 0.5), double(6, 7), Buffer.from('42', 'hex'))],
  ['length beyond the end', message(double(1, 0.5), double(6, 7), Buffer.from('427f61', 'hex'))],
  ['length of 2^32', message(double(1, 0.5), Buffer.from('42808080801061', 'hex'))],
  ['length of 2^63', message(double(1, 0.5), Buffer.from('4280808080808080808001', 'hex'))],
  [
    'varint of eleven bytes',
    message(double(1, 0.5), tagged(3, 0, Buffer.from('ffffffffffffffffffff01', 'hex'))),
  ],
  ['long tag', Buffer.concat([Buffer.from('8980808000', 'hex'), double(1, 0.5).subarray(1), double(6, 7)])],
  [
    'tag of six bytes',
    Buffer.concat([Buffer.from('898080808000', 'hex'), double(1, 0.5).subarray(1), double(6, 7)]),
  ],
  ['text', Buffer.from('TEXT cpu_utilization=0.5')],
];
const binaryWire = wires.map(([name, value]) => one('Protobuf', name, value.toString('base64'), BINARY));

const A = 'TEXT cpu_utilization=0.25,rps_fractional=7';
const B = 'TEXT cpu_utilization=0.75,rps_fractional=9';
const doc = 'TEXT cpu=0.3,mem=0.8,foo_bytes=123';
const places = (
  [
    [
      'two headers',
      [
        [PLAIN, A],
        [PLAIN, B],
      ],
      [],
    ],
    [
      'two headers, the first bad',
      [
        [PLAIN, 'TEXT x'],
        [PLAIN, B],
      ],
      [],
    ],
    [
      'two headers, the second bad',
      [
        [PLAIN, A],
        [PLAIN, 'TEXT x'],
      ],
      [],
    ],
    [
      'two headers, the first to repair',
      [
        [PLAIN, doc],
        [PLAIN, B],
      ],
      [],
    ],
    [
      'two headers, the first empty',
      [
        [PLAIN, ''],
        [PLAIN, B],
      ],
      [],
    ],
    ['two values in one line', [[PLAIN, `${A}, ${B}`]], []],
    [
      'plain and binary',
      [
        [PLAIN, A],
        [BINARY, text64],
      ],
      [],
    ],
    [
      'binary first',
      [
        [BINARY, text64],
        [PLAIN, A],
      ],
      [],
    ],
    [
      'plain and a bad binary',
      [
        [PLAIN, A],
        [BINARY, '!!!!'],
      ],
      [],
    ],
    [
      'plain and an empty binary',
      [
        [PLAIN, A],
        [BINARY, ''],
      ],
      [],
    ],
    [
      'to repair, and binary',
      [
        [PLAIN, doc],
        [BINARY, text64],
      ],
      [],
    ],
    [
      'plain bad, and binary',
      [
        [PLAIN, 'TEXT x'],
        [BINARY, text64],
      ],
      [],
    ],
    [
      'plain, and binary without a rate',
      [
        [PLAIN, A],
        [BINARY, message(double(1, 0.5)).toString('base64')],
      ],
      [],
    ],
    [
      'two binaries',
      [
        [BINARY, text64],
        [BINARY, message(double(1, 0.6), double(6, 8)).toString('base64')],
      ],
      [],
    ],
    [
      'two binaries, the first bad',
      [
        [BINARY, '!!!!'],
        [BINARY, text64],
      ],
      [],
    ],
    ['name in capitals', [['Endpoint-Load-Metrics', A]], []],
    ['binary name in capitals', [['ENDPOINT-LOAD-METRICS-BIN', text64]], []],
    ['trailers: plain', [], [[PLAIN, A]]],
    ['trailers: binary', [], [[BINARY, text64]]],
    ['trailers: to repair', [], [[PLAIN, doc]]],
    ['trailers: bad', [], [[PLAIN, 'TEXT x']]],
    ['trailers: the documents’ binary', [], [[BINARY, 'Cg4KCHNvbWUta2V5Eg0AAAAAAADwPw==']]],
    [
      'trailers: two',
      [],
      [
        [PLAIN, A],
        [PLAIN, B],
      ],
    ],
    ['headers and trailers', [[PLAIN, A]], [[PLAIN, B]]],
    ['headers bad, trailers good', [[PLAIN, 'TEXT x']], [[PLAIN, B]]],
    ['headers to repair, trailers good', [[PLAIN, doc]], [[PLAIN, B]]],
    ['headers without effect, trailers good', [[PLAIN, 'TEXT eps=1,rps_fractional=7']], [[PLAIN, B]]],
    ['headers good, trailers bad', [[PLAIN, A]], [[PLAIN, 'TEXT x']]],
    ['headers good, trailers to repair', [[PLAIN, A]], [[PLAIN, doc]]],
    ['headers empty, trailers good', [[PLAIN, '']], [[PLAIN, B]]],
    ['another name', [['endpoint-load-metrics-json', `{${withRate}}`]], []],
    ['none', [], []],
  ] as const
).map(([name, headers, trailers]): Case => ({ group: 'Headers and trailers', name, headers, trailers }));

const many = (count: number, separator: string): string =>
  Array.from({ length: count }, (_, i) => `named_metrics.m${i}${separator}0.5`).join(',');
const sizes = [
  ...[1, 64, 128, 129, 1000, 8000, 9000, 65_000].map((n) =>
    one(
      'Sizes',
      `name of ${n} bytes`,
      `TEXT cpu_utilization=0.5,rps_fractional=7,named_metrics.${'n'.repeat(n)}=1`,
    ),
  ),
  ...[1, 10, 62, 63, 200, 1000].map((n) =>
    one(
      'Sizes',
      `${n} named metrics and two fields`,
      `TEXT cpu_utilization=0.5,rps_fractional=7,${many(n, ':')}`,
    ),
  ),
  ...[62, 63, 200].map((n) =>
    one(
      'Sizes',
      `JSON, ${n} named metrics and two fields`,
      `JSON {${withRate},"named_metrics":{${Array.from({ length: n }, (_, i) => `"m${i}":1`).join(',')}}}`,
    ),
  ),
  one(
    'Sizes',
    'binary, 200 named metrics',
    message(
      double(1, 0.5),
      double(6, 7),
      ...Array.from({ length: 200 }, (_, i) => bytes(8, entry(`m${i}`, 1))),
    ).toString('base64'),
    BINARY,
  ),
  one('Sizes', '8,192 bytes', `TEXT cpu_utilization=0.5,rps_fractional=7${','.repeat(8192 - 41)}`),
  one('Sizes', '8,193 bytes', `TEXT cpu_utilization=0.5,rps_fractional=7${','.repeat(8193 - 41)}`),
  one('Sizes', '64 KB of commas', `TEXT ${','.repeat(65_536)}`),
  one('Sizes', '64 KB of base64', 'AAAA'.repeat(16_384), BINARY),
  one('Sizes', '64 KB of JSON', `JSON {${withRate}${' '.repeat(65_536)}}`),
  one('Sizes', '64 KB of digits', `TEXT cpu_utilization=0.${'3'.repeat(65_536)},rps_fractional=7`),
];

const wild = [
  one('Seen in the wild', 'the documents’ TEXT', doc),
  one(
    'Seen in the wild',
    'vLLM, TEXT',
    'TEXT named_metrics.kv_cache_usage_perc=0.4, named_metrics.num_requests_waiting=3',
  ),
  one(
    'Seen in the wild',
    'vLLM, JSON',
    'JSON {"named_metrics": {"kv_cache_usage_perc": 0.4, "num_requests_waiting": 3}}',
  ),
  one(
    'Seen in the wild',
    'Triton, TEXT',
    'TEXT named_metrics.kv_cache_utilization=0.4, named_metrics.max_token_capacity=8192',
  ),
  one(
    'Seen in the wild',
    'Triton, JSON',
    'JSON {"named_metrics": {"kv_cache_utilization": 0.4, "max_token_capacity": 8192}}',
  ),
  one(
    'Seen in the wild',
    'no prefix, colons (Supabase)',
    'application_utilization:4,named_metrics.queue_depth:4',
  ),
  one('Seen in the wild', 'no prefix (Azure)', 'gpu_utilization=0.6'),
  one('Seen in the wild', 'camelCase JSON (Azure)', '{"cpuUtilization":0.4,"memUtilization":0.5}'),
  one(
    'Seen in the wild',
    'gRPC, utilization and rate',
    message(double(1, 0.4), double(6, 12.5), double(9, 0.35)).toString('base64'),
    BINARY,
  ),
  one(
    'Seen in the wild',
    'gRPC, unpadded',
    message(double(1, 0.4), double(6, 12.5)).toString('base64').replace(/=+$/, ''),
    BINARY,
  ),
];

/** Headers cannot carry them: Envoy resets such a response whatever the header's name is. */
function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
function short(text: string): string {
  return text.length > 40
    ? `${text.slice(0, 12)}… (${text.length} characters)`
    : text === ''
      ? '(empty)'
      : text;
}

export const cases: readonly Case[] = [
  ...wild,
  ...textNumbers,
  ...jsonNumbers,
  ...rates,
  ...utilizations,
  ...textNames,
  ...textShape,
  ...jsonNames,
  ...jsonShape,
  ...jsonPrefix,
  ...binaryValues,
  ...binaryBase64,
  ...binaryPlain,
  ...binaryWire,
  ...places,
  ...sizes,
];
