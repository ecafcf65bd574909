/** `loadstar serve`: the engine of `run` for any number of Envoys, which come with `loadstar bootstrap`. */

import { planFilter } from '../../filter/plan.ts';
import { refusalText } from '../../fleet/fleet-status.ts';
import { Stopwatch } from '../../fleet/stopwatch.ts';
import type { Cluster } from '../../kubernetes/cluster-source.ts';
import { liveOptions } from '../../live/configuration.ts';
import type { Change } from '../../live/outcome.ts';
import { EXIT, RunError, reasonOf, UsageError } from '../../run/errors.ts';
import { watchFiles } from '../../sources/files.ts';
import { AdsServer } from '../../xds/server.ts';
import type { XdsAddress } from '../../xds/start-bootstrap.ts';
import type { Args } from '../args.ts';
import type { Command } from '../command.ts';
import {
  dashboardOptions,
  dashboardWanted,
  type Running,
  type RunningDashboard,
  startDashboard,
} from '../dashboard.ts';
import { Fleet } from '../fleet.ts';
import { freeSocket } from '../free-socket.ts';
import { loadPlan, refusedText, report, verdict } from '../input.ts';
import { type Io, readOnce } from '../io.ts';
import { followKubernetes, kubernetesClient, kubernetesOptions } from '../kubernetes.ts';
import { forLive } from '../live-view.ts';
import {
  drainSeconds,
  engineOptions,
  envoyValues,
  inputOptions,
  inputPaths,
  keepsGoing,
  liveOptionTable,
} from '../options.ts';
import { answerProbes, type Probes } from '../probes.ts';
import { type OwnCertificates, serverCertificates } from '../server-certificates.ts';
import { onAbort, type Stop, untilStopped } from '../stopping.ts';
import { type Writing, writeStatus } from '../write-status.ts';
import { isLocal, shownAddress, threeFiles, xdsAddress } from '../xds-address.ts';

export const serve: Command = {
  name: 'serve',
  summary: 'bring manifests to many Envoys, and every change of them',
  usage: '-f PATH… | --kubernetes --listen ADDRESS [OPTIONS]',
  description: [
    "Watches the manifests as `run` does, and serves them to every Envoy that asks (delta ADS, Envoy's own protocol).\n`loadstar bootstrap` writes the file that such an Envoy starts with; it names the Gateway that it is for.",
    'With --kubernetes it reads the same kinds from an API server, and follows them there (docs/KUBERNETES.md). Files may\nstand beside.',
    'On the same address: /status (`loadstar status` shows it), /metrics for Prometheus, /healthz and /readyz.',
    'An Envoy whose server is gone goes on with what it has. Two servers with the same input are as good as one: what they\nserve has the same versions.',
    'Configurations hold private keys of HTTPS listeners. So an address that other machines reach needs certificates of both\nsides (--tls-cert, --tls-key, --client-ca), or --insecure.',
  ],
  options: {
    ...inputOptions,
    ...kubernetesOptions,
    probes: { value: 'HOST:PORT', help: '/healthz and /readyz in plain HTTP too, without certificates' },
    listen: { value: 'ADDRESS', help: 'HOST:PORT or unix:PATH, where Envoys ask' },
    'tls-cert': { value: 'FILE', help: "PEM: the server's certificate" },
    'tls-key': { value: 'FILE', help: 'PEM: its private key' },
    'client-ca': { value: 'FILE', help: 'PEM: who must have signed the certificate of an Envoy' },
    insecure: { help: 'plain text, and anyone who reaches the address is served' },
    ...dashboardOptions,
    ...liveOptionTable,
    'keep-going': { help: 'serve what is valid when something is refused' },
    ...engineOptions,
  },
  operands: 'file',
  examples: [
    'loadstar serve -f manifests/ --listen 127.0.0.1:18000',
    'loadstar serve --kubernetes --listen 0.0.0.0:18000 --tls-cert tls.crt --tls-key tls.key --client-ca ca.crt',
    'loadstar serve -f manifests/ --listen 0.0.0.0:18000 --tls-cert tls.crt --tls-key tls.key --client-ca ca.crt',
  ],
  async run(args, io) {
    const listen = listenAddress(args);
    dashboardWanted(args);
    const certificates = certificatesOf(args, listen);
    return (
      (await untilStopped(io, (stop) => watchAndServe(args, io, listen, certificates, stop))) ?? EXIT.good
    );
  },
};

function listenAddress(args: Args): XdsAddress {
  const given = args.one('listen');
  if (given === undefined)
    throw new UsageError('--listen is missing: HOST:PORT or unix:PATH, where Envoys ask');
  return xdsAddress('--listen', given);
}

function certificatesOf(args: Args, listen: XdsAddress): OwnCertificates | undefined {
  const files = threeFiles(args, ['tls-cert', 'tls-key', 'client-ca']);
  if (files === undefined) {
    if (!isLocal(listen) && !args.has('insecure'))
      throw new UsageError(
        `--listen ${shownAddress(listen)} is reached from other machines: --tls-cert, --tls-key and --client-ca are needed, or --insecure`,
      );
    return undefined;
  }
  if (args.has('insecure')) throw new UsageError('--insecure and certificates exclude each other');
  return serverCertificates(files);
}

async function watchAndServe(
  args: Args,
  io: Io,
  listen: XdsAddress,
  certificates: OwnCertificates | undefined,
  { signal }: Stop,
): Promise<number> {
  const client = kubernetesClient(args, io);
  const watch = await watchFiles(inputPaths(args).filter((path) => path !== '-'));
  let cluster: Cluster | undefined;
  let probes: Probes | undefined;
  let writing: Writing | undefined;
  let fleet: Fleet | undefined;
  let server: AdsServer | undefined;
  let page: RunningDashboard | undefined;
  try {
    probes = await answerProbes(args);
    if (client !== undefined) cluster = await followKubernetes(client, args, io, signal);
    const input = { ...readOnce(io), ...(cluster === undefined ? {} : { cluster }) };
    const options = liveOptions({ ...envoyValues(args, io), exclusivePorts: true });
    const translations = new Stopwatch();
    const loaded = await translations.time(() => loadPlan(args, input, options));
    const filter = planFilter(loaded.plan, options.engine, true);
    const { diagnostics, refused } = verdict({ ...loaded, filter }, io);
    // Each Envoy says its own zone.
    report(
      forLive(diagnostics).filter(({ code }) => code !== 'zone-unknown'),
      'text',
      io,
    );
    if (refused && !keepsGoing(args)) {
      io.stderr(refusedText(diagnostics, 'nothing is served'));
      return EXIT.refused;
    }
    const shown = dashboardWanted(args);
    const onChange = shown && ((gateway: string, change: Change) => page?.changed(gateway, change));
    const served = new Fleet(args, input, loaded, {
      ...{ translations, onChange },
      drainSeconds: drainSeconds(args),
    });
    fleet = served;
    const sentBytes = new Map<string, number>();
    const facts = { sentBytes, certificates: certificates?.expiring ?? [] };
    server = new AdsServer((envoy) => served.groupOf(envoy), {
      certificates,
      page: (path) => served.page(path, facts),
      onSent: (kind, bytes) => sentBytes.set(kind, (sentBytes.get(kind) ?? 0) + bytes),
    });
    if ('path' in listen) await freeSocket(listen.path);
    const bound = await server.listen(listen).catch((error) => {
      throw new RunError(`--listen ${shownAddress(listen)}: ${reasonOf(error)}`);
    });
    page = shown && (await startDashboard(shown, io, allEnvoys(served)));
    watch.tell(() => {
      served.filesChanged();
      writing?.changed();
    });
    cluster?.tell(() => served.filesChanged());
    if (client !== undefined && cluster !== undefined && args.has('write-status'))
      writing = writeStatus(client, cluster, args, input, loaded);
    probes?.ready();
    io.stdout(
      `${page === undefined ? '' : `dashboard ${page.url}\n`}${summary(bound, certificates !== undefined)}`,
    );
    await stopped(signal);
    return EXIT.good;
  } finally {
    await page?.close();
    probes?.close();
    watch.close();
    await writing?.close();
    cluster?.close();
    fleet?.close();
    await server?.close();
  }
}

const allEnvoys = (fleet: Fleet): Running => ({
  program: 'serve',
  gateways: () => fleet.gateways(),
  inForce: (gateway) => {
    const found = fleet.inForce(gateway);
    if (found === undefined) return undefined;
    const { named, filter } = found.configuration;
    return { named, filter, model: found.loaded.model };
  },
  loads: (gateway) => fleet.loads(gateway),
  fleet: () =>
    fleet.envoys().map(({ line, load }) => ({
      ...{ ...line, load, lacks: line.lacks ?? [] },
      refused: line.refused === undefined ? '' : refusalText(line.refused),
    })),
});

const summary = (bound: XdsAddress, secure: boolean): string =>
  `serving  ${shownAddress(bound)}${secure ? ', to Envoys with a certificate' : ''}\nCtrl-C ends; Envoys then go on with what they have.\n`;

const stopped = (signal: AbortSignal): Promise<void> => new Promise((done) => onAbort(signal, () => done()));
