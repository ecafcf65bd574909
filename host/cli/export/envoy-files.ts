/** `export --to envoy-files`: writes the files into a folder, or compares what stands there. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootstrap } from '../../envoy/bootstrap.ts';
import {
  addsClusters,
  BOOTSTRAP,
  CLUSTERS,
  differentFiles,
  type ExportedFile,
  envoyFiles,
  isFollowed,
  isOfListener,
  isOwnFile,
} from '../../export/envoy-files.ts';
import { isHashedModule, type Module } from '../../export/modules.ts';
import { modulesOf } from '../../filter/module.ts';
import { planFilter } from '../../filter/plan.ts';
import { liveOptions, planForChanges } from '../../live/configuration.ts';
import { EXIT } from '../../run/errors.ts';
import { makeFolder } from '../../run/folder.ts';
import { removeHalfWritten } from '../half-written.ts';
import type { LoadedPlan } from '../input.ts';
import type { Io } from '../io.ts';
import { refuseInput } from '../own-output.ts';
import { differentCertificates, hasFiles, removeOld, writeCertificates } from '../tls-files.ts';
import { replaceEntry, replaceFile } from '../write-file.ts';
import { tellDifferences } from './comparison.ts';
import { removeOwn } from './left-files.ts';
import { readModule } from './module-file.ts';

/** @param copies The modules go into the folder; else they are where the options say. */
export async function writeEnvoyFiles(
  loaded: LoadedPlan,
  given: string,
  copies: boolean,
  io: Io,
): Promise<number> {
  const folder = resolve(given);
  const { files, modules, before } = make(loaded, folder, copies);
  for (const { name } of files) refuseInput('-o', join(folder, name), loaded);
  makeFolder(folder, 'the files');
  const tls = { path: tlsFolder(folder), own: true };
  // What is referred to comes before what refers to it, so that Envoy finds everything at any moment.
  if (hasFiles(loaded.plan)) writeCertificates(tls, loaded.plan);
  for (const { file, bytes } of modules)
    if (!existsSync(join(folder, file))) replaceEntry(join(folder, file), bytes, 0o644);
  for (const file of files) {
    io.stdout(written(folder, file));
    const waits = file.name === CLUSTERS && before.has(CLUSTERS);
    if (waits && addsClusters(file, before.get(CLUSTERS))) await sleep(SETTLE_MS);
  }
  removeOld(tls, loaded.plan);
  removeLeft(folder, files, before, io);
  return EXIT.good;
}

/** @param before What stood there: Envoy may still be reading it, so that its modules stay for this time. */
function removeLeft(
  folder: string,
  files: readonly ExportedFile[],
  before: ReadonlyMap<string, unknown>,
  io: Io,
): void {
  const wanted = new Set(files.map(({ name }) => name));
  const texts = [...files.map(({ text }) => text), JSON.stringify([...before])];
  const isModule = (name: string) => name.startsWith('loadstar') && name.endsWith('.wasm');
  const isLeft = (name: string) =>
    (isOfListener(name) && !wanted.has(name)) ||
    (isModule(name) && !texts.some((text) => text.includes(name)));
  const isOwn = (name: string, bytes: Buffer) =>
    isModule(name) ? isHashedModule(name, bytes) : isOwnFile(name, parsed(bytes.toString('utf8')));
  removeOwn(folder, readdirSync(folder).filter(isLeft), isOwn, io);
  removeHalfWritten(folder, (name) => wanted.has(name) || isOfListener(name) || isModule(name));
}

/**
 * Envoy may see files that are replaced at once in any order; routes must not lead to pools that it does not
 * have yet.
 */
const SETTLE_MS = 2_000;

/** A line about it. Only what changed is replaced: Envoy reads that again. */
function written(folder: string, { name, text }: ExportedFile): string {
  const path = join(folder, name);
  const before = textOf(path);
  if (before !== text) replaceFile(path, text);
  const restart = name === BOOTSTRAP ? ': Envoy reads it when it starts again' : '';
  const done = before === undefined ? 'written' : before === text ? 'unchanged' : `replaced${restart}`;
  return `${path}: ${done}\n`;
}

/** Says what differs from what stands in the folder. */
export function checkEnvoyFiles(loaded: LoadedPlan, given: string, copies: boolean, io: Io): number {
  const folder = resolve(given);
  const { files, before } = make(loaded, folder, copies);
  const start = files.find(({ name }) => name === BOOTSTRAP)?.text;
  const lines = [
    ...differentFiles(files, before),
    ...(textOf(join(folder, BOOTSTRAP)) === start ? [] : [`${BOOTSTRAP} differs`]),
    ...differentCertificates(tlsFolder(folder), loaded.plan).map((name) => `tls/${name} differs`),
  ];
  return tellDifferences(lines, `${folder} is what would be written.`, io);
}

function make({ plan: given, options: shared }: LoadedPlan, folder: string, copies: boolean) {
  const { plan } = planForChanges(given);
  const options = liveOptions(shared);
  const filter = planFilter(plan, options.engine);
  const modules: (readonly [string, Module])[] = copies
    ? modulesOf(filter, options).map((path) => [path, readModule(path)])
    : [];
  const placed = new Map(modules.map(([path, { file }]) => [path, join(folder, file)]));
  const at = (path: string): string => placed.get(path) ?? path;
  const { wasm, roles } = options;
  const inFolder = {
    ...options,
    wasm: at(wasm),
    roles: roles && { pick: at(roles.pick), report: at(roles.report) },
    tlsFolder: tlsFolder(folder),
  };
  const before = standing(folder);
  return {
    before,
    files: envoyFiles(bootstrap(plan, inFolder, filter), folder, before),
    modules: modules.map(([, module]) => module),
  };
}

const tlsFolder = (folder: string): string => join(folder, 'tls');

/** A pipe of such a name would never end. */
const followed = (folder: string): string[] =>
  statSync(folder, { throwIfNoEntry: false })?.isDirectory()
    ? readdirSync(folder).filter((name) => isFollowed(name) && isFile(join(folder, name)))
    : [];

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

const standing = (folder: string): Map<string, unknown> =>
  new Map(followed(folder).map((name) => [name, parsed(textOf(join(folder, name)))]));

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** What Envoy could not read either counts as nothing. */
function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
}
