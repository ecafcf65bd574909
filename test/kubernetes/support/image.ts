/** What a pod's container is as a process: the program of its image, its environment, its files. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import type { Api, Resource } from './api.ts';

/** A program that stands for the images whose name begins so. */
export interface Image {
  readonly prefix: string;
  readonly command: readonly string[];
  /** By TCP, where it answers once it is ready; none: it is ready when it runs. */
  readonly port?: (env: Readonly<Record<string, string>>) => number | undefined;
}
export interface Container {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly port?: number;
  /** From `lifecycle.preStop.sleep`: how long it goes on after its end was asked for. */
  readonly preStopMs: number;
  readonly folder: string;
}
interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
}
interface Item {
  readonly key: string;
  readonly path: string;
}

/** @param folder Where its own folder is made. */
export async function containerOf(
  api: Api,
  pod: Resource,
  { address, folder, images }: { address: string; folder: string; images: readonly Image[] },
): Promise<Container> {
  const spec = pod.spec.containers[0];
  const image = images.find(({ prefix }) => (spec.image as string).startsWith(prefix));
  if (image === undefined) throw new Error(`there is no program for the image ${spec.image}`);
  const own = mkdtempSync(join(folder, 'pod-'));
  const places = new Map<string, string>();
  for (const { name, mountPath } of spec.volumeMounts ?? []) {
    const place = join(own, name);
    mkdirSync(place, { recursive: true });
    places.set(mountPath, place);
    const volume = pod.spec.volumes.find((one: { name: string }) => one.name === name);
    for (const [path, content] of await filesOf(api, pod.metadata.namespace!, volume)) {
      mkdirSync(dirname(join(place, path)), { recursive: true });
      writeFileSync(join(place, path), content);
    }
  }
  // There is no file system of its own: where a text names a volume, it gets the place where that is.
  const placed = (text: string): string =>
    [...places].reduce((done, [mountPath, place]) => done.replaceAll(mountPath, place), text);
  const fields: Record<string, string> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace!,
    'status.podIP': address,
  };
  const env: Record<string, string> = Object.fromEntries(
    ((spec.env ?? []) as Variable[]).map(({ name, value, valueFrom }) => [
      name,
      placed(value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ''] ?? ''),
    ]),
  );
  return {
    command: [...image.command, ...((spec.args ?? []) as string[]).map(placed)],
    env,
    port: image.port?.(env),
    preStopMs: (spec.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000,
    folder: own,
  };
}

/** A Secret or ConfigMap that comes later is waited for, as a kubelet does. */
async function filesOf(api: Api, namespace: string, volume: Resource): Promise<[string, Buffer][]> {
  const { secret, configMap } = volume;
  if (secret === undefined && configMap === undefined) return [];
  const path = secret === undefined ? `configmaps/${configMap.name}` : `secrets/${secret.secretName}`;
  const found = await eventually(
    path,
    () => api.get(`/api/v1/namespaces/${namespace}/${path}`),
    600_000,
    200,
  );
  const data = Object.entries((found.data ?? {}) as Record<string, string>).map(
    ([key, value]) => [key, Buffer.from(value, secret === undefined ? 'utf8' : 'base64')] as const,
  );
  const items: Item[] = (secret ?? configMap).items ?? data.map(([key]) => ({ key, path: key }));
  return items.map(({ key, path: at }) => [at, data.find(([one]) => one === key)![1]]);
}

/** Waits until something listens there. */
export function answersAt(address: string, port: number): Promise<void> {
  const check = () =>
    new Promise<void>((done, failed) => {
      const socket = connect({ host: address, port, timeout: 1_000 });
      socket.once('connect', () => socket.end() && done());
      socket.once('timeout', () => socket.destroy(new Error('no answer')));
      socket.once('error', failed);
    });
  return eventually(`${address}:${port} answers`, check, 60_000);
}
