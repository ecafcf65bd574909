/**
 * What an Envoy lacks that connects to the server: it would ignore such a field with a warning in its log, so
 * it is told beforehand.
 */
import type { Kind } from '../xds/registry.ts';
import type { Resources } from '../xds/resources.ts';

/**
 * Field or extension → the first version that has it. Tested with these versions; what 1.36 has is not
 * listed.
 */
const SINCE: readonly { readonly text: string; readonly version: string; readonly what: string }[] = [
  {
    text: '"envoy.load_balancing_policies.wrr_locality"',
    version: '1.37.0',
    what: 'weights of backends under BackendUtilization (wrr_locality)',
  },
  {
    text: '"cookies":[',
    version: '1.37.0',
    what: 'matches by cookie (cookies), so that it takes their rules for more requests',
  },
  {
    text: '"direct_response":{"body_format":',
    version: '1.37.0',
    what: 'bodies with operators in answers of its own (body_format)',
  },
  {
    text: '"oob_reporting_config":',
    version: '1.38.0',
    what: 'port and authority of out-of-band load reports (oob_reporting_config)',
  },
  {
    text: '"remote_address_match":',
    version: '1.38.0',
    what: 'rate limits by ranges of addresses (remote_address_match)',
  },
  {
    text: '"x_ratelimit_option":',
    version: '1.38.0',
    what: 'x-ratelimit headers by rule (x_ratelimit_option)',
  },
  { text: '"shadow_mode":', version: '1.38.0', what: 'rate limits in shadow mode (shadow_mode)' },
];
const KINDS: readonly Kind[] = ['cds', 'rds'];

/**
 * A sentence for each that some Envoy of the versions lacks. An Envoy that does not say its version is taken
 * for a new one.
 */
export function lackedBy(versions: readonly string[], resources: Resources): string[] {
  const known = [...new Set(versions)].filter((version) => version !== '');
  const lacking = SINCE.map((one) => ({ ...one, old: known.filter((has) => isOlder(has, one.version)) }));
  const wanted = lacking.filter(({ old }) => old.length > 0);
  if (wanted.length === 0) return [];
  const texts = KINDS.flatMap((kind) =>
    [...resources[kind]].map(([name, resource]) => [name, JSON.stringify(resource)] as const),
  );
  return wanted.flatMap(({ text, version, what, old }) => {
    const users = texts.flatMap(([name, json]) => (json.includes(text) ? [name] : []));
    if (users.length === 0) return [];
    return [
      `Envoy ${old.join(', ')} has no ${what}, which ${users[0]}${users.length > 1 ? ` and ${users.length - 1} more` : ''} needs; ${version} has`,
    ];
  });
}

function isOlder(a: string, b: string): boolean {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (x?.[i] ?? 0) - (y?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
