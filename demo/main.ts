/**
 * The demo: the documents' manifests on a real Envoy, with the documents' own loads. Exit 0: every promise
 * holds, 1: one does not, 3: it could not be run. `--keep` leaves everything running until Ctrl-C; `--docker`
 * runs backends and Envoys in containers.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunError, UsageError } from '../host/run/errors.ts';
import { temporaryFolder } from '../host/run/temporary.ts';
import { demoDashboard, lightLoad } from './dashboard.ts';
import { startDockerWorld } from './docker-world.ts';
import { showCookie, showPolicies, showSameHosts } from './policies.ts';
import { bold, type Out } from './print.ts';
import { parseSticky, showSticky, stickyHelp } from './sticky/command.ts';
import { showUtilization, warm } from './utilization.ts';
import { startWorld, type World } from './world.ts';

const help = `usage: npm run demo [-- --https --keep --docker --dashboard]
       npm run demo -- sticky …

Four backends and a real Envoy on this machine: the load-balancing policies of Envoy Gateway's documents, with their own loads.
  --https   clients come over TLS (not with --docker)
  --keep    leave it running when done, and print curl lines to try; Ctrl-C ends it
  --docker  run the backends and the Envoys in containers (docker-compose.yml)
  --dashboard  a page to look at, with a light load; Ctrl-C ends it (not with the others)
  sticky    another demo: a sticky hash that knows when a host is hot, compared (sticky --help)
`;

const out: Out = {
  write: (text) => process.stdout.write(text),
  colour: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
};
const cleanups: (() => Promise<void>)[] = [];
let cleaning: Promise<unknown> | undefined;
const cleanup = (): Promise<unknown> => {
  cleaning ??= Promise.allSettled(cleanups.reverse().map((end) => end()));
  return cleaning;
};

let stopWaiting: () => void = () => {};
const stopped = new Promise<void>((done) => {
  stopWaiting = done;
});
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    stopWaiting();
    void cleanup().then(() => process.exit(code));
  });
}

async function demo(keep: boolean, docker: boolean, https: boolean): Promise<number> {
  const began = Date.now();
  const say = (line: string) => out.write(`${line}\n`);
  const world = await (docker ? startDockerWorld(cleanups, say) : startWorld(cleanups, say, https));
  out.write(
    `gateway: ${https ? 'https' : 'http'}://127.0.0.1:${world.filter.port}, four backends, two Envoys (with and without the filter)\n`,
  );
  // Starts now, so that Envoy's blackout period passes while the other policies are shown.
  const warmth = warm(world);
  cleanups.push(async () => warmth.stop());
  let broken = await showPolicies(out, world);
  broken += await showCookie(out, world);
  broken += await showSameHosts(out, world);
  broken += await showUtilization(out, world, warmth);
  warmth.stop();
  await showFilter(world);
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const judged = broken === 0 ? 'every promise of the documents holds' : `${broken} promises do not hold`;
  out.write(`\n${bold(out, judged)} (${seconds} s)\n`);
  if (keep) {
    out.write(`\nIt keeps running; Ctrl-C ends it. Try:\n${curls(world)}`);
    await stopped;
  }
  return broken === 0 ? 0 : 1;
}

/** Runs until Ctrl-C. */
async function look(): Promise<number> {
  const world = await startWorld(cleanups, (line) => out.write(`${line}\n`));
  const stop = lightLoad(world);
  cleanups.push(async () => stop());
  const { url, close } = await demoDashboard(world.filter.envoy, world.filter.inForce!);
  cleanups.push(close);
  out.write(`\n${bold(out, 'dashboard')}  ${url}\nCtrl-C ends it.\n`);
  await stopped;
  return 0;
}

/** Shows by the filter's counters that the filter picked. */
async function showFilter(world: World): Promise<void> {
  const stats = await world.filter.envoy.admin.filterStats();
  const value = (name: string): number => stats.get(`loadstar_${name}`) ?? 0;
  const reports = [...stats].reduce(
    (sum, [name, n]) => (/_(accepted|repaired)_total$/.test(name) ? sum + n : sum),
    0,
  );
  out.write(
    `\n${bold(out, 'the filter')}  ${value('picks_total')} hosts picked, ${reports} load reports understood\n`,
  );
}

function curls({ filter, native }: World): string {
  const { ca } = filter;
  const options =
    ca === undefined
      ? '-H "Host: www.example.com"'
      : `--cacert ${authorityFile(ca)} --resolve '*:${filter.port}:127.0.0.1' --resolve '*:${native.port}:127.0.0.1'`;
  const at = ({ port }: typeof filter): string =>
    ca === undefined ? `http://127.0.0.1:${port}` : `https://www.example.com:${port}`;
  return [
    `  curl ${options} ${at(filter)}/round`,
    `  curl ${options} -H "FooBar: 1.2.3.4" ${at(filter)}/header`,
    `  curl -v ${options} ${at(filter)}/cookie`,
    `  curl -v ${options} ${at(filter)}/utilization        # no load report for the client`,
    `  curl -v ${options} ${at(native)}/utilization        # Envoy's own policies alone`,
    `  curl '${filter.envoy.admin.url}/stats?filter=loadstar_'`,
    '',
  ].join('\n');
}

/** For curl; it goes with the demo. */
function authorityFile(pem: string): string {
  const folder = temporaryFolder(join(tmpdir(), 'loadstar-demo-'));
  cleanups.push(async () => folder.remove());
  const path = join(folder.path, 'ca.crt');
  writeFileSync(path, pem);
  return path;
}

const args = process.argv.slice(2);
const sticky = args[0] === 'sticky' ? args.slice(1) : undefined;
if (sticky?.includes('--help')) {
  process.stdout.write(stickyHelp);
  process.exit(0);
}
const known = ['--keep', '--docker', '--https', '--dashboard'];
const alone = args.includes('--dashboard') && args.length > 1;
const both = alone || (args.includes('--docker') && args.includes('--https'));
if (sticky === undefined && (both || args.some((arg) => !known.includes(arg)))) {
  process.stdout.write(help);
  process.exit(args.includes('--help') ? 0 : 2);
}
try {
  const code =
    sticky === undefined
      ? await (args.includes('--dashboard')
          ? look()
          : demo(args.includes('--keep'), args.includes('--docker'), args.includes('--https')))
      : (await showSticky(out, parseSticky(sticky), cleanups)) === 0
        ? 0
        : 1;
  await cleanup();
  process.exit(code);
} catch (error) {
  await cleanup();
  if (error instanceof UsageError && sticky !== undefined) {
    process.stderr.write(`demo: ${error.message}\n${stickyHelp}`);
    process.exit(2);
  }
  process.stderr.write(
    `demo: ${error instanceof RunError ? error.message : ((error as Error).stack ?? String(error))}\n`,
  );
  process.exit(3);
}
