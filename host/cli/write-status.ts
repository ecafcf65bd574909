/** `--write-status`: the conditions that `check` prints, written to the objects of a cluster. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { ApiClient } from '../kubernetes/client.ts';
import type { Cluster } from '../kubernetes/cluster-source.ts';
import type { Relevant } from '../kubernetes/relevant.ts';
import { Lease } from '../kubernetes/status/lease.ts';
import type { Judgement } from '../kubernetes/status/wanted.ts';
import { StatusWriter } from '../kubernetes/status/writer.ts';
import type { Args } from './args.ts';
import { type LoadedPlan, loadPlan } from './input.ts';
import type { Io } from './io.ts';
import { controllerOf } from './kubernetes.ts';

export interface Writing {
  /** Files are not what they were. */
  changed(): void;
  close(): Promise<void>;
}

/** Begins, as soon as no other server does it. @param first For its options and what it knows. */
export function writeStatus(
  client: ApiClient,
  cluster: Cluster,
  args: Args,
  io: Io,
  first: LoadedPlan,
): Writing {
  const controller = controllerOf(args);
  const say = (line: string): void => io.stderr(`${line}\n`);
  const lease = new Lease(client, {
    namespace: client.namespace,
    name: controller.replaceAll('/', '.'),
    say,
    onLead: () => writer.changed(),
  });
  const judge = judging(cluster, args, io, first);
  const writer = new StatusWriter(client, cluster, {
    controller,
    judge: judge.now,
    leads: () => lease.leads,
    say,
  });
  cluster.tellAll(() => writer.changed());
  return {
    changed() {
      judge.forget();
      writer.changed();
    },
    async close() {
      await writer.close();
      await lease.close();
    },
  };
}

/** Anew only for what counts: a translation for each Gateway is not the price of others' objects. */
function judging(cluster: Cluster, args: Args, io: Io, first: LoadedPlan) {
  let last: { readonly of: Relevant; readonly judgements: Promise<readonly Judgement[]> } | undefined;
  const forget = (): void => {
    last = undefined;
  };
  return {
    now(): Promise<readonly Judgement[]> {
      const of = cluster.relevant();
      if (last?.of === of) return last.judgements;
      const judgements = judgeAll(cluster, args, io, first);
      judgements.catch(forget);
      last = { of, judgements };
      return judgements;
    },
    /** Files are not what they were. */
    forget,
  };
}

/** Each Gateway by itself, as Envoys that are for one have it. */
async function judgeAll(
  cluster: Cluster,
  args: Args,
  io: Io,
  { options, known }: LoadedPlan,
): Promise<readonly Judgement[]> {
  const judgements: Judgement[] = [];
  for (const gateway of cluster.relevant().gateways) {
    const loaded = await loadPlan(args, io, options, undefined, known, gateway);
    const refused = new Map(
      loaded.refusedResources.map((title) => [title, reasons(loaded.diagnostics, title)]),
    );
    judgements.push({ gateway, status: loaded.status, refused });
  }
  return judgements;
}

const reasons = (diagnostics: readonly Diagnostic[], title: string): string =>
  diagnostics
    .filter(({ severity, resource }) => severity === 'error' && resource === title)
    .map(({ message }) => message)
    .join(' ');
