/** The status of a fleet as text: a line for each Envoy, and below it why it refuses something. */
import { printable } from '../basics/text.ts';
import { type EnvoyLine, type FleetStatus, refusalText } from './fleet-status.ts';

const HEAD = ['ENVOY', 'GATEWAY', 'ZONE', 'VERSION', 'HAS', 'STATE'];

export function renderFleet({ envoys, groups }: FleetStatus): string {
  const served = groups.map(
    ({ gateway, serves, since, refused }) =>
      `${gateway || 'all'} ${serves} since ${since}${refused ? '; the input as it is now is refused' : ''}`,
  );
  const lines = served.map((line) => printable(`serves  ${line}`));
  if (envoys.length === 0) return `${[...lines, 'No Envoy is connected.'].join('\n')}\n`;
  const rows = envoys.map((one) =>
    [
      one.id,
      one.gateway || 'all',
      one.zone || '-',
      one.envoy || '?',
      one.acknowledged || '-',
      stateOf(one),
    ].map(printable),
  );
  const widths = HEAD.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const table = [HEAD, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  const troubles = envoys.flatMap(troublesOf).map(printable);
  return `${[...lines, '', ...table, ...(troubles.length > 0 ? ['', ...troubles] : [])].join('\n')}\n`;
}

const troublesOf = ({ id, envoy, refused, lacks = [] }: EnvoyLine): string[] => [
  ...(refused === undefined ? [] : [`${id} refuses ${refusalText(refused)}`]),
  ...lacks.map((lack) => `${id} (Envoy ${envoy}) is too old: ${lack}`),
];

function stateOf({ current, behindSeconds, refused, lacks = [] }: EnvoyLine): string {
  if (current) return lacks.length === 0 ? 'current' : `current, lacks ${lacks.length}`;
  return `${refused === undefined ? 'behind' : 'refuses'} for ${behindSeconds} s`;
}
