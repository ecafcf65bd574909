/**
 * Annotations `loadstar/*` of a BackendTrafficPolicy: they make a ConsistentHash policy sticky until hot,
 * which the API has no field for. They are checked like fields: an unknown one is an error with the nearest
 * name.
 */

import { REPORT_MAPS, REPORT_NUMBERS } from '../../basics/load-report-names.ts';
import type { Path } from '../../basics/path.ts';
import { nearestName } from '../../diagnostics/nearest.ts';
import type { StickySpec } from '../../model/resources.ts';
import { asObject, type Report } from '../words/findings.ts';

const prefix = 'loadstar/';
/** Hosts that a key may go to, as the filter has it (test/unit/envoy/caps.test.ts). */
const MAX_HOPS = 8;
const defaults = { loadBound: 2.5, maxHops: MAX_HOPS };

interface Setting {
  readonly rule: string;
  readonly read: (text: string) => unknown;
}
const decimal = (text: string): number => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN);
const number = (text: string, good: (n: number) => boolean): number | undefined => {
  const n = decimal(text);
  return Number.isFinite(n) && good(n) ? n : undefined;
};
/** Of a field of a load report, or of a member of one of its maps: by any other name nothing is found. */
const metricName = new RegExp(`^(${REPORT_NUMBERS.join('|')}|(${REPORT_MAPS.join('|')})\\.[^\\s,]+)$`);

const reasonHeader = /^x-[a-z0-9-]{1,62}$/i;
/** Ours and Envoy's. */
const taken = /^x-(loadstar|envoy)-/i;

const settings: Readonly<Record<string, Setting>> = {
  'utilization-target': {
    rule: 'a number greater than 0 and at most 1, as "0.8"',
    read: (text) => number(text, (n) => n > 0 && n <= 1),
  },
  'load-bound': { rule: 'a number of at least 1, as "2.5"', read: (text) => number(text, (n) => n >= 1) },
  'max-hops': {
    rule: `an integer from 1 to ${MAX_HOPS}`,
    read: (text) => number(text, (n) => Number.isInteger(n) && n >= 1 && n <= MAX_HOPS),
  },
  'metric-names': {
    rule: 'a list of at most 32 metric names of a load report with commas, as "cpu_utilization,named_metrics.queue"',
    read: (text) => {
      const names = text.split(',').map((name) => name.trim());
      const good = names.length <= 32 && names.every((name) => name.length <= 1024 && metricName.test(name));
      return good ? names : undefined;
    },
  },
  'report-format': {
    rule: 'text or json',
    read: (text) => (text === 'text' || text === 'json' ? text : undefined),
  },
  'reason-header': {
    rule: 'the name of a response header that begins with x-, as "x-why"',
    read: (text) => (reasonHeader.test(text) && !taken.test(text) ? text.toLowerCase() : undefined),
  },
};

/**
 * Of `rawSpec` only the load balancer's type is used. Undefined without utilization-target, or after an
 * error. What is no text is refused by the schema; here it only counts as given.
 */
export function readAnnotations(
  annotations: Readonly<Record<string, unknown>>,
  rawSpec: unknown,
  report: Report,
): StickySpec | undefined {
  const given = Object.entries(annotations).filter(([key]) => key.startsWith(prefix));
  if (given.length === 0) return undefined;
  const values = new Map<string, unknown>();
  let targetMeant = false;
  let good = true;
  const refuse = (path: Path, finding: Parameters<Report['error']>[1]): void => {
    good = false;
    report.error(path, finding);
  };
  for (const [key, text] of given) {
    if (typeof text !== 'string') {
      good = false;
      continue;
    }
    const path = ['metadata', 'annotations', key];
    const name = key.slice(prefix.length);
    const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (setting === undefined) {
      const near = nearestName(name, Object.keys(settings));
      targetMeant ||= near === 'utilization-target';
      refuse(path, {
        code: 'annotation-unknown',
        message: `${key} is not an annotation of Loadstar.`,
        value: text,
        rule: `Known: ${Object.keys(settings)
          .map((known) => prefix + known)
          .join(', ')}.`,
        hint: near === undefined ? 'Remove it.' : `Did you mean ${prefix}${near}?`,
        point: 'key',
      });
      continue;
    }
    const value = setting.read(text);
    if (value === undefined) {
      refuse(path, {
        code: 'annotation-invalid',
        message: `${key} must be ${setting.rule}, not ${JSON.stringify(text)}.`,
        value: text,
        rule: `${key} must be ${setting.rule}.`,
      });
    } else values.set(name, value);
  }
  const [first] = given[0]!;
  const type = asObject(asObject(rawSpec)?.loadBalancer)?.type;
  if (type !== 'ConsistentHash') {
    refuse(['metadata', 'annotations', first], {
      code: 'annotation-conflict',
      message: `${first} is set in a policy ${typeof type === 'string' ? `of type ${type}` : 'without a load balancer'}.`,
      rule: 'The annotations of Loadstar are for load balancers of type ConsistentHash.',
      hint: 'Remove them, or use type: ConsistentHash.',
      point: 'key',
    });
  }
  const names = given.map(([key]) => key.slice(prefix.length));
  const known = names.find((name) => Object.hasOwn(settings, name));
  if (known !== undefined && !targetMeant && !names.includes('utilization-target')) {
    refuse(['metadata', 'annotations', prefix + known], {
      code: 'annotation-conflict',
      message: `${prefix}${known} has no effect without ${prefix}utilization-target.`,
      rule: `${prefix}utilization-target makes a policy sticky until hot; the others say how.`,
      hint: `Add ${prefix}utilization-target: "0.8".`,
      point: 'key',
    });
  }
  if (!good) return undefined;
  const format = values.get('report-format') as StickySpec['reportFormat'];
  return {
    utilizationTarget: values.get('utilization-target') as number,
    loadBound: (values.get('load-bound') as number | undefined) ?? defaults.loadBound,
    maxHops: (values.get('max-hops') as number | undefined) ?? defaults.maxHops,
    metricNames: (values.get('metric-names') as string[] | undefined) ?? [],
    reportFormat: format,
    reasonHeader: values.get('reason-header') as string | undefined,
  };
}

/** For the kinds that have none. `raw` is `metadata.annotations`. */
export function warnOfAnnotations(raw: unknown, kind: string, report: Report): void {
  for (const [key, value] of Object.entries(asObject(raw) ?? {})) {
    if (!key.startsWith(prefix)) continue;
    report.warning(['metadata', 'annotations', key], {
      code: 'annotation-not-used',
      message: `${key} has no effect on kind ${kind}.`,
      value,
      rule: 'The annotations of Loadstar are for BackendTrafficPolicies.',
      hint: 'Move it to the BackendTrafficPolicy with the load balancer of type ConsistentHash.',
      point: 'key',
    });
  }
}
