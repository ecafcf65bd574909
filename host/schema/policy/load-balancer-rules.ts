/**
 * The rules of spec.loadBalancer that go across fields: the CRD's validation rules
 * (x-kubernetes-validations), in our words, and those that Envoy Gateway finds only when it translates, or
 * not at all. They look at raw values, so that all are reported in one run, whatever else is wrong. `error`
 * refuses the document, as an API server does; `unusable` makes the policy invalid.
 */

import type { Path } from '../../basics/path.ts';
import { parseDuration } from '../words/duration.ts';
import { asList, asObject, asText, type Report } from '../words/findings.ts';
import { adviseHeaderName } from '../words/header-advice.ts';
import { isToken } from '../words/names.ts';
import { checkUnion, eachDuplicate, type UnionMember } from '../words/rules.ts';
import { checkHashKey } from './hash-key-rules.ts';
import { balancerTypes } from './load-balancer.ts';

type Raw = Readonly<Record<string, unknown>>;
const base: Path = ['spec', 'loadBalancer'];

export function checkLoadBalancer(raw: unknown, report: Report): void {
  const balancer = asObject(raw);
  if (balancer === undefined) return;
  const { type } = balancer;
  if (type === 'DynamicModule') {
    report.error([...base, 'type'], {
      code: 'value-not-supported',
      message: 'The load balancer type DynamicModule is not supported.',
      value: type,
      rule: 'type must be one of RoundRobin, Random, LeastRequest, ConsistentHash, BackendUtilization.',
      hint: 'Choose one of these; Envoy Gateway 1.9 quietly uses LeastRequest instead of a module.',
    });
    return;
  }
  // The schema reports a mistyped type; its fields are then not reported as well.
  if (typeof type === 'string' && (balancerTypes as readonly string[]).includes(type)) {
    checkUnion(balancer, UNION, '', base, report);
    checkSlowStart(balancer, type, report);
    checkZeroPeriods(balancer, report);
  }
  checkZones(balancer, report);
  checkHashKey(balancer.consistentHash, [...base, 'consistentHash'], report);
  checkUtilization(balancer.backendUtilization, report);
  checkOverride(balancer.endpointOverride, report);
}

const UNION: readonly UnionMember[] = [
  {
    type: 'ConsistentHash',
    field: 'consistentHash',
    add: 'Add consistentHash with the key to hash, as {type: SourceIP}.',
  },
  {
    type: 'BackendUtilization',
    field: 'backendUtilization',
    add: 'Write backendUtilization: {} to take the defaults.',
  },
  {
    type: 'DynamicModule',
    field: 'dynamicModule',
    remove: 'Remove dynamicModule: dynamic modules are not supported.',
  },
];

function checkSlowStart(balancer: Raw, type: string, report: Report): void {
  const path = [...base, 'slowStart'];
  if (balancer.slowStart === undefined) return;
  if (type === 'Random' || type === 'ConsistentHash') {
    report.error(path, {
      code: 'field-conflict',
      message: `slowStart is not allowed with type ${type}.`,
      rule: 'slowStart is for RoundRobin, LeastRequest and BackendUtilization.',
      hint: 'Remove slowStart, or use one of these types.',
      point: 'key',
    });
  } else if (parseDuration(asObject(balancer.slowStart)?.window) === 0) {
    report.warning([...path, 'window'], {
      code: 'value-without-effect',
      message: 'The slow start window is 0s: a new endpoint gets its full share at once.',
      value: asObject(balancer.slowStart)?.window,
      hint: 'Give a window as 30s, or remove slowStart.',
    });
  }
}

/** Envoy's default where Envoy Gateway leaves out a 0 (client_side_weighted_round_robin.proto). */
const utilizationDefaults = { blackoutPeriod: '10s', weightExpirationPeriod: '3m', weightUpdatePeriod: '1s' };

function checkZeroPeriods(balancer: Raw, report: Report): void {
  const given = asObject(balancer.backendUtilization);
  for (const [field, usual] of Object.entries(utilizationDefaults)) {
    if (parseDuration(given?.[field]) !== 0) continue;
    report.warning([...base, 'backendUtilization', field], {
      code: 'value-without-effect',
      message: `${field} is 0, which is as if not given: Envoy's default of ${usual} holds.`,
      value: given?.[field],
      hint: 'Give a short period as 100ms, or remove it.',
    });
  }
}

function checkZones(balancer: Raw, report: Report): void {
  const zoneAware = asObject(balancer.zoneAware);
  const path = [...base, 'zoneAware'];
  if (zoneAware === undefined) return;
  const { type } = balancer;
  const { preferLocal, weightedZones } = zoneAware;
  if (preferLocal !== undefined && (type === 'ConsistentHash' || type === 'BackendUtilization')) {
    report.error([...path, 'preferLocal'], {
      code: 'field-conflict',
      message: `zoneAware.preferLocal is not allowed with type ${type}.`,
      rule: 'preferLocal is for RoundRobin, Random and LeastRequest.',
      hint: 'Use weightedZones.',
      point: 'key',
    });
  }
  if (preferLocal !== undefined && weightedZones !== undefined) {
    report.error([...path, 'weightedZones'], {
      code: 'field-conflict',
      message: 'zoneAware has preferLocal and weightedZones.',
      rule: 'zoneAware may have one of preferLocal and weightedZones.',
      hint: 'Remove one of the two.',
      point: 'key',
    });
  }
  checkSum(weightedZones, [...path, 'weightedZones'], report);
  const zones = asList(weightedZones).map(asObject);
  eachDuplicate(
    zones,
    (entry) => asText(entry?.zone),
    (i, first, entry) =>
      report.error([...path, 'weightedZones', i, 'zone'], {
        code: 'zone-duplicate',
        message: `The zone ${entry?.zone} occurs twice; the first is weightedZones[${first}].`,
        value: entry?.zone,
        rule: 'Each zone may stand once in weightedZones.',
        hint: 'Remove one of the two.',
      }),
  );
  for (const [i, entry] of zones.entries()) {
    const { zone, weight } = entry ?? {};
    const here = [...path, 'weightedZones', i];
    if (typeof weight === 'number' && Number.isInteger(weight) && weight < 1) {
      report.unusable(
        [...here, 'weight'],
        `LoadBalancer: ZoneAware: invalid weight ${weight} of zone ${String(zone)}.`,
        {
          code: 'value-out-of-range',
          message: `weight must be an integer of at least 1, not ${weight}.`,
          value: weight,
          rule: 'Envoy refuses a locality weight below 1, and with it the whole configuration.',
          hint: 'To send nothing to a zone, remove its endpoints; a zone that is not listed has weight 1.',
        },
      );
    }
  }
}

/**
 * Of the weights of a cluster's localities (endpoint.proto: in 32 bits), with room for the zones that are not
 * listed.
 */
const MAX_WEIGHTS = 4_000_000_000;

function checkSum(weightedZones: unknown, path: Path, report: Report): void {
  const weights = asList(weightedZones).map((entry) => asObject(entry)?.weight);
  const sum = weights.reduce<number>((all, weight) => all + (typeof weight === 'number' ? weight : 0), 0);
  if (sum <= MAX_WEIGHTS) return;
  report.unusable(path, `LoadBalancer: ZoneAware: the weights of the zones are ${sum} in sum.`, {
    code: 'value-out-of-range',
    message: `The weights of weightedZones must be at most ${MAX_WEIGHTS} in sum, not ${sum}.`,
    rule: 'Envoy adds the weights of localities in 32 bits, and refuses a configuration in which they do not fit.',
    hint: 'Divide them all by the same number.',
    point: 'key',
  });
}

function checkUtilization(raw: unknown, report: Report): void {
  const { keepResponseHeaders: keep, removeResponseHeaders: remove } = asObject(raw) ?? {};
  if (typeof keep !== 'boolean' || typeof remove !== 'boolean' || keep !== remove) return;
  report.error([...base, 'backendUtilization', 'removeResponseHeaders'], {
    code: 'field-conflict',
    message: `removeResponseHeaders and keepResponseHeaders are both ${keep}.`,
    value: remove,
    rule: 'keepResponseHeaders (default false) and removeResponseHeaders (default true) say the same thing in opposite words.',
    hint: `Keep one: keepResponseHeaders: ${keep} is removeResponseHeaders: ${!keep}.`,
  });
}

function checkOverride(raw: unknown, report: Report): void {
  for (const [i, entry] of asList(asObject(raw)?.extractFrom).entries()) {
    const source = asObject(entry);
    if (source === undefined) continue;
    if (typeof source.header === 'string' && source.header !== '') {
      checkHeaderName(source.header, [...base, 'endpointOverride', 'extractFrom', i, 'header'], report);
      continue;
    }
    if (source.header !== undefined && typeof source.header !== 'string') continue;
    report.unusable(
      [...base, 'endpointOverride', 'extractFrom', i, ...(source.header === undefined ? [] : ['header'])],
      `LoadBalancer: EndpointOverride: extractFrom[${i}] names no header.`,
      {
        code: 'name-empty',
        message: `extractFrom[${i}] names no header.`,
        rule: 'Each entry of extractFrom must name the request header that holds the endpoint.',
        hint: 'Add header, as {header: x-endpoint}, or remove the entry.',
      },
    );
  }
}

function checkHeaderName(name: string, path: Path, report: Report): void {
  adviseHeaderName(name, path, report);
  if (isToken(name)) return;
  report.unusable(path, `LoadBalancer: EndpointOverride: invalid header name ${JSON.stringify(name)}.`, {
    code: 'header-name-invalid',
    message: `${JSON.stringify(name)} is no name of a header.`,
    value: name,
    rule: "The name of a header must be of letters, digits and !#$%&'*+-.^_`|~ (RFC 9110 token).",
  });
}
