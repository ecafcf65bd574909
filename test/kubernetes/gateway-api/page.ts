/** docs/GATEWAY-API.md from the suite's own report, which `npm run test:gateway-api` writes. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Part {
  readonly result: string;
  readonly statistics: { readonly Passed: number; readonly Failed: number; readonly Skipped: number };
  readonly supportedFeatures?: readonly string[];
  readonly unsupportedFeatures?: readonly string[];
  readonly failedTests?: readonly string[];
  readonly skippedTests?: readonly string[];
}
interface Report {
  readonly date: string;
  readonly gatewayAPIChannel: string;
  readonly gatewayAPIVersion: string;
  readonly profiles: readonly { readonly name: string; readonly core: Part; readonly extended?: Part }[];
}

export const REPORT = new URL('../../../docs/gateway-api-report.yaml', import.meta.url);

/** Why a feature is not claimed. */
const WHY: Readonly<Record<string, string>> = {
  GatewayInfrastructure: 'it is about the Pods and Services that a controller makes; Loadstar makes none',
};

const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const COLUMNS = 118;

/** Names with commas, in lines. */
function named(features: Iterable<string>): string {
  const lines: string[] = [''];
  for (const name of features) {
    const word = `\`${name}\`,`;
    const line = lines.at(-1)!;
    if (line.length + word.length >= COLUMNS) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n').replace(/,$/, '.');
}

function counts(part: Part | undefined): readonly (string | number)[] {
  if (part === undefined) return ['-', '-', '-'];
  const { Passed, Failed, Skipped } = part.statistics;
  return [Passed, Failed, Skipped];
}

export function gatewayApiPage(): string {
  const report = parse(readFileSync(REPORT, 'utf8')) as Report;
  const extended = report.profiles.flatMap((profile) => profile.extended ?? []);
  const claimed = new Set(extended.flatMap(({ supportedFeatures = [] }) => supportedFeatures).sort());
  const others = new Set(extended.flatMap(({ unsupportedFeatures = [] }) => unsupportedFeatures).sort());
  const unexplained = [...others].filter((name) => WHY[name] === undefined);
  if (unexplained.length > 0) throw new Error(`why is ${unexplained.join(', ')} not claimed?`);
  return `# The Gateway API's own conformance suite

The suite runs unchanged, as its Go module has it, against a real kube-apiserver and etcd, \`loadstar serve --kubernetes
--write-status\`, and a real Envoy for each Gateway. Its report, as it wrote it, is
[gateway-api-report.yaml](gateway-api-report.yaml).

Gateway API ${report.gatewayAPIVersion}, channel ${report.gatewayAPIChannel}, ${report.date.slice(0, 10)}:

| profile | Core: passed | failed | skipped | Extended: passed | failed | skipped |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
${report.profiles.map(({ name, core, extended: more }) => row(name, ...counts(core), ...counts(more))).join('\n')}

Claimed of Extended:
${named(claimed)}

The suite reads what is claimed from the status of the GatewayClass, where \`serve --write-status\` writes it. Not
claimed:

| feature | why |
| --- | --- |
${[...others].map((name) => row(`\`${name}\``, WHY[name]!)).join('\n')}

## How it is run

\`\`\`text
npm run test:gateway-api                                    builds what is missing, runs all, writes the report
npm run test:gateway-api -- -run-test=HTTPRouteWeight       one test, with any flags of the suite
\`\`\`

It needs Linux and Go. etcd, kube-apiserver, kube-controller-manager and the suite are compiled from the modules that
\`test/kubernetes/go\` names, once, into \`.cache/kubernetes\`. Deployments, ReplicaSets, EndpointSlices, namespaces and
rights (RBAC) are the work of Kubernetes' own controllers. Two things are stood in for, in \`test/kubernetes/support\`:

- **The node** (\`kubelet.ts\`): a pod is a process of the suite's own backend, \`echo-basic\`, in a network namespace
  with an address of its own. For the suite's \`coredns\`, which one test of UDPRoute asks, there is a server that has
  no error for any question.
- **Who runs the Envoys** (\`edges.ts\`): each Gateway gets an Envoy that starts with what \`loadstar bootstrap\` prints,
  and a Service whose load balancer has its address.

\`serve\` has the rights of \`deploy/base/rbac.yaml\`, and no others.

[CONFORMANCE.md](CONFORMANCE.md) has the same tests once more, without a cluster, test by test.
`;
}
