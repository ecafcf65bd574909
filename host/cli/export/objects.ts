/**
 * `export` to an engine that runs on Kubernetes: two files, printed, written or compared with what is
 * applied.
 */
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Document, parseAllDocuments } from 'yaml';
import { type Diagnostic, hasErrors } from '../../diagnostics/diagnostic.ts';
import { differentObjects } from '../../export/applied.ts';
import type { Exported, KubeObject } from '../../export/exported.ts';
import { lostDiagnostics } from '../../export/fates.ts';
import { MOUNT } from '../../export/module-objects.ts';
import type { Module } from '../../export/modules.ts';
import { isObjectFile, OBJECT_FILES, objectFiles } from '../../export/object-files.ts';
import type { FilterOptions } from '../../filter/options.ts';
import { EXIT, reasonOf, UsageError } from '../../run/errors.ts';
import { makeFolder } from '../../run/folder.ts';
import type { PlanTranslation } from '../../translate.ts';
import type { Args } from '../args.ts';
import { removeHalfWritten } from '../half-written.ts';
import { loadPlan, planVerdict, refusedText, report } from '../input.ts';
import type { Io } from '../io.ts';
import { envoyValues } from '../options.ts';
import { refuseInput } from '../own-output.ts';
import { replaceOutput } from '../write-file.ts';
import { tellDifferences } from './comparison.ts';
import { removeOwn } from './left-files.ts';
import { readModule } from './module-file.ts';

/** The modules where proxies see them. */
export interface PlacedModules extends FilterOptions {
  readonly modules: ReadonlyMap<string, Module>;
}

type Make = (given: PlanTranslation, placed: PlacedModules) => Exported;

/** @param title Of the engine, with its version. */
export async function exportObjects(args: Args, io: Io, title: string, make: Make): Promise<number> {
  const [output, check] = [args.one('output'), args.one('check')];
  if (output !== undefined && check !== undefined)
    throw new UsageError('either -o DIR, the folder that is written, or --check PATH, what is compared');
  const loaded = await loadPlan(args, io, {
    ...usualModules(args, io),
    admin: { address: '127.0.0.1', port: 0 },
    hostsElsewhere: true,
  });
  const exported = make(loaded, placedModules(args, io));
  const { diagnostics: found } = planVerdict(loaded);
  const diagnostics = [
    ...found.flatMap(forPatches),
    ...lostDiagnostics(exported.fates, title, args.has('strict')),
  ];
  report(diagnostics, 'text', io);
  if (hasErrors(diagnostics)) {
    io.stderr(refusedText(diagnostics, 'nothing was written'));
    return EXIT.refused;
  }
  if (check !== undefined) {
    const applied = objectsIn(await textAt(check, io));
    const wanted = [...exported.module, ...exported.policies];
    return tellDifferences(differentObjects(wanted, applied), 'All that is exported is applied.', io);
  }
  const files = objectFiles(exported, title, io.version);
  if (output === undefined) io.stdout(files.map(({ text }) => text).join('---\n'));
  else {
    const folder = resolve(output);
    for (const { name } of files) refuseInput('-o', join(folder, name), loaded);
    makeFolder(folder, 'the files');
    for (const { name, text } of files) {
      replaceOutput(join(folder, name), text);
      io.stdout(`${join(folder, name)}\n`);
    }
    const left = OBJECT_FILES.filter((name) => !files.some((file) => file.name === name));
    removeOwn(folder, left, (_, text) => isObjectFile(text.toString('utf8')), io);
    removeHalfWritten(folder, (name) => left.includes(name));
  }
  return EXIT.good;
}

/** Whose listeners patches name has to be known. What the filter would do here is another thing there. */
function forPatches(one: Diagnostic): readonly Diagnostic[] {
  if (one.code === 'filter-steps-back' && one.severity === 'notice') return [];
  if (one.code !== 'gateway-assumed') return [one];
  const message = 'No Gateway is in the input, and patches name the listeners of one.';
  return [{ ...one, severity: 'error', message, hint: 'Add the Gateway that the routes name as a parent.' }];
}

/** As they lie here. */
const usualModules = (args: Args, io: Io) =>
  envoyValues({ ...args, one: (name) => (name === 'wasm' ? undefined : args.one(name)) }, io);

/** @throws {RunError} when they cannot be read */
function placedModules(args: Args, io: Io): PlacedModules {
  const given = args.one('wasm');
  // The module that does all, which the operator has put there.
  if (given !== undefined && given !== 'configmap')
    return { engine: 'filter', wasm: given, modules: new Map() };
  const { wasm, roles } = usualModules(args, io);
  const place = (path: string) => {
    const module = readModule(path);
    return [`${MOUNT}/${module.file}`, module] as const;
  };
  const [whole, pick, report] = [wasm, roles?.pick ?? wasm, roles?.report ?? wasm].map(place) as [
    readonly [string, Module],
    readonly [string, Module],
    readonly [string, Module],
  ];
  return {
    engine: 'filter',
    wasm: whole[0],
    roles: { pick: pick[0], report: report[0] },
    modules: new Map([whole, pick, report]),
  };
}

async function textAt(path: string, io: Io): Promise<string> {
  if (path !== '-' && statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(
      `--check ${path} is a folder: name a file with what is applied, as \`kubectl get … -o yaml\` prints it`,
    );
  try {
    const bytes = path === '-' ? await io.stdin() : readFileSync(path);
    return typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8');
  } catch (error) {
    throw new UsageError(`--check: ${reasonOf(error)}`);
  }
}

/** Of documents, and of lists as kubectl prints them. */
function objectsIn(text: string): KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (!('errors' in document)) return [];
    if (document.errors.length > 0) throw new UsageError(`--check: ${reasonOf(document.errors[0])}`);
    const value = contentOf(document) as { items?: unknown; metadata?: { name?: unknown } } | null;
    const all = Array.isArray(value?.items) ? (value.items as (typeof value)[]) : [value];
    return all.filter((one) => typeof one?.metadata?.name === 'string') as unknown as KubeObject[];
  });
}

/** @throws {UsageError} for an alias that leads nowhere, or aliases that would make it very large */
function contentOf(document: Document.Parsed): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new UsageError(`--check: ${reasonOf(error)}`);
  }
}
