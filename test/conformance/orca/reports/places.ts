/** Headers and trailers: several, good and bad, in which order. */
import { double, message } from '../wire.ts';
import { BINARY, type Case, doc, PLAIN, text64, withRate } from './case.ts';

const A = 'TEXT cpu_utilization=0.25,rps_fractional=7';

const B = 'TEXT cpu_utilization=0.75,rps_fractional=9';

export const places = (
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
