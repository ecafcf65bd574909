/**
 * The fields of BackendTrafficPolicy for requests and answers on their way: faultInjection, compression,
 * requestBuffer, bandwidthLimit (fault_injection.go, compression_types.go, bandwidthlimit_types.go).
 */
import { given } from '../../basics/collections.ts';
import { POLICY_DEFAULTS } from '../../model/policy-defaults.ts';
import type { Bandwidth, Compressor, Fault } from '../../model/resources.ts';
import { duration } from '../words/duration.ts';
import { asList, asObject, type Report } from '../words/findings.ts';
import { eachDuplicate } from '../words/rules.ts';
import { integer, leaf, list, object, oneOf, text } from '../words/shape.ts';
import { quantity } from './traffic-fields.ts';

/** As Envoy Gateway takes it. */
const percentage = () =>
  leaf<number>({
    rule: 'a percentage from 0 to 100, rounded down to 1/10000',
    code: 'value-out-of-range',
    read: (value) => (typeof value === 'number' && value >= 0 && value <= 100 ? value : undefined),
  });

export const faultSchema = object({
  delay: object({ fixedDelay: duration(true), percentage: percentage().optional() }).optional(),
  abort: object({
    // Envoy refuses 600, which the API takes.
    httpStatus: integer(200, 599, 'a status code').optional(),
    grpcStatus: integer(0, 16, 'a status of gRPC').optional(),
    percentage: percentage().optional(),
  }).optional(),
});

export const toFault = ({ delay, abort }: ReturnType<typeof faultSchema.parse>): Fault => {
  const usual = POLICY_DEFAULTS.faultInjection;
  return {
    delay: given(delay, (one) => ({
      ms: one.fixedDelay,
      percentage: one.percentage ?? usual.delay.percentage,
    })),
    abort: given(abort, (one) => ({
      status: (one.httpStatus ?? one.grpcStatus)!,
      kind: one.httpStatus === undefined ? 'grpc' : 'http',
      percentage: one.percentage ?? usual.abort.percentage,
    })),
  };
};

export function checkFault(raw: unknown, report: Report): void {
  const fault = asObject(raw);
  if (fault === undefined) return;
  const path = ['spec', 'faultInjection'];
  if (fault.delay === undefined && fault.abort === undefined)
    report.error(path, {
      code: 'field-missing',
      message: 'faultInjection has neither delay nor abort.',
      rule: 'At least one of delay and abort must be set.',
      hint: 'Add one, or remove faultInjection.',
    });
  const abort = asObject(fault.abort);
  if (abort === undefined) return;
  const both = abort.httpStatus !== undefined && abort.grpcStatus !== undefined;
  if (both || (abort.httpStatus === undefined && abort.grpcStatus === undefined))
    report.error([...path, 'abort'], {
      code: both ? 'field-conflict' : 'field-missing',
      message: both ? 'abort has httpStatus and grpcStatus.' : 'abort has neither httpStatus nor grpcStatus.',
      rule: 'One of httpStatus and grpcStatus must be set.',
      hint: both ? 'Remove one of the two.' : 'Add httpStatus, as 503.',
    });
}

const TYPES = ['Gzip', 'Brotli', 'Zstd'] as const;
/** Envoy's least value (compressor.proto). */
const MIN_CONTENT = 30;

export const compressionSchema = list(
  object({
    type: oneOf(TYPES, { gzip: 'Gzip', br: 'Brotli', brotli: 'Brotli', zstd: 'Zstd' }),
    gzip: object({}).optional(),
    brotli: object({}).optional(),
    zstd: object({}).optional(),
    minContentLength: quantity(
      MIN_CONTENT,
      4_294_967_295,
      `a quantity of bytes from ${MIN_CONTENT} to below 4Gi, as 1Ki`,
    ).optional(),
  }),
);
type Compressions = ReturnType<typeof compressionSchema.parse>;
const fieldOf = (type: Compressor['type']) => type.toLowerCase() as 'gzip' | 'brotli' | 'zstd';

/** An entry of `compressor` needs the field of its type; those of `compression`, its older name, do not. */
export function toCompressors(
  compressor: Compressions = [],
  compression: Compressions = [],
): readonly Compressor[] | undefined {
  const meant =
    compressor.length > 0 ? compressor.filter((one) => one[fieldOf(one.type)] !== undefined) : compression;
  const seen = new Set<string>();
  const each = meant.filter(({ type }) => !seen.has(type) && seen.add(type));
  return each.length === 0
    ? undefined
    : each.map(({ type, minContentLength: minBytes }) => ({ type, minBytes }));
}

export function checkCompression(spec: Readonly<Record<string, unknown>>, report: Report): void {
  const { compressor, compression } = spec;
  if (compressor !== undefined && compression !== undefined)
    report.error(['spec', 'compression'], {
      code: 'field-conflict',
      message: 'compression and compressor cannot be set both.',
      rule: 'compression is the older name of compressor.',
      hint: 'Remove compression.',
      point: 'key',
    });
  for (const field of ['compressor', 'compression'] as const) {
    const entries = asList(spec[field]).map(asObject);
    for (const [i, entry] of entries.entries()) {
      const type = TYPES.find((one) => one === entry?.type);
      if (field === 'compression' || type === undefined || entry?.[fieldOf(type)] !== undefined) continue;
      report.warning(['spec', field, i], {
        code: 'value-without-effect',
        message: `The compressor ${type} has no effect: ${fieldOf(type)} is missing.`,
        rule: `A compressor of type ${type} needs the field ${fieldOf(type)}.`,
        hint: `Add ${fieldOf(type)}: {}.`,
      });
    }
    eachDuplicate(
      entries,
      (entry) => (typeof entry?.type === 'string' ? entry.type : undefined),
      (i, _, entry) =>
        report.warning(['spec', field, i, 'type'], {
          code: 'value-without-effect',
          message: `${String(entry?.type)} stands twice: only the first has an effect.`,
          value: entry?.type,
          hint: 'Remove this one.',
        }),
    );
  }
}

export const requestBufferSchema = object({ limit: quantity() });

/** Envoy would wait for the end of a request that has none. */
export function checkRequestBuffer(spec: Readonly<Record<string, unknown>>, report: Report): void {
  if (spec.requestBuffer === undefined || asList(spec.httpUpgrade).length === 0) return;
  report.error(['spec', 'requestBuffer'], {
    code: 'field-conflict',
    message: 'requestBuffer cannot be used together with httpUpgrade.',
    rule: 'What is upgraded has no end that could be waited for.',
    hint: 'Remove one of the two.',
    point: 'key',
  });
}

const UNIT_SECONDS = { Second: 1, Minute: 60, Hour: 3600 } as const;
const bandwidth = () =>
  object({
    value: quantity(1, Number.MAX_SAFE_INTEGER, 'a quantity of bytes, as 500Ki or 10M'),
    unit: oneOf(['Second', 'Minute', 'Hour']),
  });
type Rate = ReturnType<ReturnType<typeof bandwidth>['parse']>;

export const bandwidthSchema = object({
  request: object({ limit: bandwidth() }).optional(),
  response: object({
    limit: bandwidth(),
    responseTrailers: object({
      prefix: text({
        max: 256,
        pattern: /^[A-Za-z0-9-]*$/,
        rule: 'the beginning of a header name',
      }).optional(),
    }).optional(),
  }).optional(),
});

const kibOf = ({ value, unit }: Rate): number => Math.floor(value / (UNIT_SECONDS[unit] * 1024));

/** In KiB per second Envoy takes whole numbers; ours are 32 bits wide. */
const MAX_KIB = 4_294_967_295;

export function toBandwidth({
  request,
  response,
}: ReturnType<typeof bandwidthSchema.parse>): Bandwidth | undefined {
  if (request === undefined && response === undefined) return undefined;
  return {
    requestKib: given(request, ({ limit }) => kibOf(limit)),
    responseKib: given(response, ({ limit }) => kibOf(limit)),
    trailers: response?.responseTrailers,
  };
}

export function checkBandwidth(
  data: ReturnType<typeof bandwidthSchema.parse> | undefined,
  report: Report,
): void {
  for (const side of ['request', 'response'] as const) {
    const limit = data?.[side]?.limit;
    if (limit === undefined) continue;
    const kib = kibOf(limit);
    if (kib >= 1 && kib <= MAX_KIB) continue;
    const status = `BandwidthLimit: ${side}: bandwidth limit of ${limit.value} bytes per ${limit.unit} is ${kib < 1 ? 'below the minimum of 1 KiB/s' : 'too large'}`;
    report.unusable(['spec', 'bandwidthLimit', side, 'limit', 'value'], status, {
      code: 'value-out-of-range',
      message: `${limit.value} bytes per ${limit.unit} are ${kib < 1 ? 'less than 1 KiB' : 'more than Envoy takes'} each second.`,
      rule: 'Envoy limits bandwidth in whole KiB each second, 1 or more.',
    });
  }
}
