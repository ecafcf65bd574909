/**
 * faultInjection, compression, requestBuffer and bandwidthLimit: what the model gets, and what is refused.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Handling } from '../../../host/model/resources.ts';
import { assertFindings, type Expected, policyWith, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';

function read(spec: string) {
  const { resources, diagnostics } = readText(policyWith(spec));
  const [policy] = resources;
  return { policy: policy?.kind === 'BackendTrafficPolicy' ? policy : undefined, diagnostics };
}

const rows: readonly (readonly [string, Handling])[] = [
  ['faultInjection: {delay: {fixedDelay: 1s}}', { fault: { delay: { ms: 1000, percentage: 100 } } }],
  [
    'faultInjection: {abort: {grpcStatus: 0, percentage: 0.000019}}',
    { fault: { abort: { kind: 'grpc', status: 0, percentage: 0.000019 } } },
  ],
  [
    'faultInjection: {abort: {grpcStatus: 0, percentage: 0.05}}',
    { fault: { abort: { kind: 'grpc', status: 0, percentage: 0.05 } } },
  ],
  [
    'compressor: [{type: Zstd, zstd: {}}, {type: Gzip, gzip: {}, minContentLength: 1Ki}]',
    { compressors: [{ type: 'Zstd' }, { type: 'Gzip', minBytes: 1024 }] },
  ],
  ['compression: [{type: Brotli}]', { compressors: [{ type: 'Brotli' }] }],
  ['requestBuffer: {limit: 10Mi}', { bufferBytes: 10_485_760 }],
  [
    'bandwidthLimit: {request: {limit: {value: 10M, unit: Second}}, response: {limit: {value: 6Mi, unit: Minute}, responseTrailers: {prefix: x}}}',
    { bandwidth: { requestKib: 9765, responseKib: 102, trailers: { prefix: 'x' } } },
  ],
];
for (const [spec, handling] of rows)
  test(spec, () => {
    const { policy, diagnostics } = read(spec);
    same(diagnostics, []);
    same(policy?.spec.handling, handling);
  });

const faults: readonly (readonly [string, Expected])[] = [
  [
    'faultInjection: {}',
    {
      code: 'field-missing',
      field: 'spec.faultInjection',
      says: /neither delay nor abort/,
      points: 'faultInjection',
    },
  ],
  [
    'faultInjection: {abort: {}}',
    { code: 'field-missing', field: 'spec.faultInjection.abort', says: /neither/, points: 'abort' },
  ],
  [
    'faultInjection: {abort: {httpStatus: 503, grpcStatus: 1}}',
    { code: 'field-conflict', field: 'spec.faultInjection.abort', says: /and grpcStatus/, points: 'abort' },
  ],
  [
    'faultInjection: {abort: {httpStatus: 600}}',
    {
      code: 'value-out-of-range',
      field: 'spec.faultInjection.abort.httpStatus',
      says: /200 to 599/,
      points: '600',
    },
  ],
  [
    'faultInjection: {delay: {fixedDelay: 0s}}',
    {
      code: 'duration-invalid',
      field: 'spec.faultInjection.delay.fixedDelay',
      says: /greater than 0/,
      points: '0s',
    },
  ],
  [
    'faultInjection: {delay: {fixedDelay: 1s, percentage: 100.5}}',
    {
      code: 'value-out-of-range',
      field: 'spec.faultInjection.delay.percentage',
      says: /from 0 to 100/,
      points: '100.5',
    },
  ],
  [
    'compressor: [{type: Deflate}]',
    { code: 'value-unknown', field: 'spec.compressor[0].type', says: /one of Gzip/, points: 'Deflate' },
  ],
  [
    'compressor: [{type: Gzip, gzip: {}, minContentLength: 29}]',
    {
      code: 'value-out-of-range',
      field: 'spec.compressor[0].minContentLength',
      says: /from 30/,
      points: '29',
    },
  ],
  [
    'compressor: [{type: Gzip}]',
    {
      severity: 'warning',
      code: 'value-without-effect',
      field: 'spec.compressor[0]',
      says: /gzip is missing/,
      points: '{',
    },
  ],
  [
    'compression: [{type: Gzip}, {type: Gzip}]',
    {
      severity: 'warning',
      code: 'value-without-effect',
      field: 'spec.compression[1].type',
      says: /stands twice/,
      points: 'Gzip',
    },
  ],
  [
    'compressor: []\ncompression: []',
    { code: 'field-conflict', field: 'spec.compression', says: /cannot be set both/, points: 'compression' },
  ],
  [
    'requestBuffer: {}',
    { code: 'field-missing', field: 'spec.requestBuffer.limit', says: /missing/, points: 'requestBuffer' },
  ],
  [
    'requestBuffer: {limit: 1Ki}\nhttpUpgrade: [{type: websocket}]',
    { code: 'field-conflict', field: 'spec.requestBuffer', says: /together/, points: 'requestBuffer' },
  ],
  [
    'bandwidthLimit: {request: {limit: {value: 1000, unit: Second}}}',
    {
      code: 'value-out-of-range',
      field: 'spec.bandwidthLimit.request.limit.value',
      says: /less than 1 KiB/,
      points: '1000',
    },
  ],
  [
    'bandwidthLimit: {response: {limit: {value: 1Mi, unit: Day}}}',
    {
      code: 'value-unknown',
      field: 'spec.bandwidthLimit.response.limit.unit',
      says: /Second, Minute, Hour/,
      points: 'Day',
    },
  ],
];
for (const [spec, expected] of faults)
  test(`told: ${spec}`, () => assertFindings(read(spec).diagnostics, [expected]));

test('too little bandwidth closes the routes, and is no mistake of the document', () => {
  const { policy } = read('bandwidthLimit: {request: {limit: {value: 1000, unit: Second}}}');
  assert.equal(policy?.invalid.length, 1);
});
