/** docs/CONFORMANCE.md from the list of tests and the outcome of the last run (outcomes.json, by main.ts). */
import { readFileSync } from 'node:fs';
import { trials } from './trials.ts';
import type { Trial } from './words.ts';

/** What is kept of an outcome. */
export interface Kept {
  readonly passed: boolean;
  readonly requests: number;
  readonly conditions: number;
}
export const OUTCOMES = new URL('./outcomes.json', import.meta.url);
export const keptOutcomes = (): Readonly<Record<string, Kept>> =>
  JSON.parse(readFileSync(OUTCOMES, 'utf8')) as Readonly<Record<string, Kept>>;

/** Sections by how names begin; a name belongs to the first that fits. */
const SECTIONS: readonly (readonly [title: string, begins: string])[] = [
  ['HTTPRoute', 'HTTPRoute'],
  ['GRPCRoute', 'GRPC'],
  ['Gateway', 'Gateway'],
  ['BackendTLSPolicy', 'BackendTLSPolicy'],
  ['TLSRoute', 'TLSRoute'],
  ['TCPRoute', 'TCPRoute'],
  ['ListenerSet', 'ListenerSet'],
  ['UDPRoute', 'UDPRoute'],
];
const LEVELS = ['Core', 'Extended'] as const;
const STANDINGS = ['passed', 'open', 'cluster', 'apart'] as const;

const levelOf = ({ extended = [] }: Trial) => (extended.length === 0 ? 'Core' : 'Extended');
/** Where a test stands: passed, not passed, for a cluster alone, or for others. */
function standing({ name, cluster, apart }: Trial, outcomes: Readonly<Record<string, Kept>>) {
  if (cluster !== undefined) return 'cluster';
  if (apart !== undefined) return 'apart';
  return outcomes[name]?.passed === true ? 'passed' : 'open';
}

const counted = (count: number, thing: string): string[] =>
  count === 0 ? [] : [`${count} ${thing}${count === 1 ? '' : 's'}`];

function row(trial: Trial, outcomes: Readonly<Record<string, Kept>>): string {
  const outcome = outcomes[trial.name];
  const level = trial.extended?.length ? `Extended: ${trial.extended.join(', ')}` : 'Core';
  const looked =
    outcome === undefined
      ? ''
      : [...counted(outcome.requests, 'request'), ...counted(outcome.conditions, 'condition')].join(', ');
  const result = {
    passed: `passed (${looked})`,
    open: `**no**: ${trial.unmet ?? 'it fails'}`,
    cluster: `needs a cluster: ${trial.cluster}`,
    apart: `for implementations that ${trial.apart}`,
  }[standing(trial, outcomes)];
  return `| ${trial.name} | ${level} | ${result} |`;
}

function totals(outcomes: Readonly<Record<string, Kept>>): string {
  const count = (level: string, stands: string): number =>
    trials.filter((one) => levelOf(one) === level && standing(one, outcomes) === stands).length;
  const lines = LEVELS.map(
    (level) => `| ${level} | ${STANDINGS.map((stands) => count(level, stands)).join(' | ')} |`,
  );
  return [
    '| level | passed | not passed | needs a cluster | for other implementations |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...lines,
  ].join('\n');
}

export function conformancePage(): string {
  const outcomes = keptOutcomes();
  const left = [...trials];
  const sections = SECTIONS.map(([title, begins]) => {
    const rows = left.filter(({ name }) => name.startsWith(begins));
    for (const one of rows) left.splice(left.indexOf(one), 1);
    return `## ${title}\n\n| test | level | result |\n| --- | --- | --- |\n${rows.map((one) => row(one, outcomes)).join('\n')}\n`;
  });
  return `# Conformance to the Gateway API

The [conformance suite](https://github.com/kubernetes-sigs/gateway-api/tree/main/conformance) of the Gateway API wants a
cluster and a controller. Here its tests for gateways are written anew: requests go through a real Envoy of
\`loadstar run\`, which serves all tests side by side, and conditions are those that \`loadstar check\` prints. The facts
are those of the suite at commit 4564255 (2026-08-21, after v1.6.1); the tests of meshes are left out.

${totals(outcomes)}

*Core* is what every implementation of a kind has to do; *Extended* tests name the features that they are about.

\`\`\`text
node --import tsx test/conformance/gateway-api/main.ts        plays all, and writes this page
\`\`\`

${sections.join('\n')}`.replace(/\n+$/, '\n');
}
