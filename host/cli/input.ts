/** The first step of every command that reads manifests: read, translate, print the findings. */
import { type Diagnostic, hasErrors } from '../diagnostics/diagnostic.ts';
import { renderJson, renderText } from '../diagnostics/render.ts';
import type { EnvoyOptions } from '../envoy/envoy-types.ts';
import { filterRefusals } from '../filter/refusals.ts';
import { readManifests } from '../manifests/read.ts';
import {
  type Known,
  type PlanTranslation,
  type TranslateOptions,
  type Translation,
  toEnvoy,
  translatePlan,
} from '../translate.ts';
import type { Args } from './args.ts';
import type { Io } from './io.ts';
import { envoyValues, inputPaths, inputValues } from './options.ts';
import { portClashes } from './own-ports.ts';
import { systemAuthorities } from './system-authorities.ts';

export interface LoadedPlan extends PlanTranslation {
  /** The options of the command line about the Envoy that the configuration is for. */
  readonly options: EnvoyOptions;
  /** The files that were read, by their real paths, and the folders that were given. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
}
export type Loaded = LoadedPlan & Translation;

/**
 * @param given Overrides the command line.
 * @param paths Else those of -f.
 * @throws {UsageError} without a path
 * @throws {RunError} without a filter where one is needed
 */
export async function load(
  args: Args,
  io: Io,
  given?: EnvoyOptions,
  paths: readonly string[] = inputPaths(args),
): Promise<Loaded> {
  const options = given ?? envoyValues(args, io);
  return toEnvoy(await loadPlan(args, io, options, paths), options);
}

/**
 * As far as the plan.
 * @param known Of the last time, for what did not change since.
 * @param gateway In the place of `--gateway`.
 */
export async function loadPlan(
  args: Args,
  io: Io,
  options: EnvoyOptions & Pick<TranslateOptions, 'hostsElsewhere'>,
  paths: readonly string[] = inputPaths(args),
  known?: Known,
  gateway?: string,
): Promise<LoadedPlan> {
  const { sources, files, folders, diagnostics } = await readManifests(paths, () => io.stdin());
  const input = inputValues(args);
  const given = { ...options, ...input, gateway: gateway ?? input.gateway };
  const translation = translatePlan(sources, given, diagnostics, known, io.cluster);
  return { ...translation, options, files, folders };
}

interface Verdict {
  readonly diagnostics: readonly Diagnostic[];
  readonly refused: boolean;
}

/** What check, translate and run have to say about the same input: no error from one is none from all. */
export const verdict = (loaded: LoadedPlan & Pick<Loaded, 'filter'>, io: Io): Verdict =>
  planVerdict(loaded, filterRefusals(loaded.filter, loaded.options, io.home));

/** @param more What else was found. */
export function planVerdict(loaded: LoadedPlan, more: readonly Diagnostic[] = []): Verdict {
  const { plan, options } = loaded;
  const diagnostics = [
    ...loaded.diagnostics,
    ...portClashes(plan, options),
    ...more,
    ...systemAuthorities(plan),
  ];
  return { diagnostics, refused: hasErrors(diagnostics) };
}

/**
 * Diagnostics to standard error, as text with frames or as one JSON document. Prints nothing when there are
 * none.
 */
export function report(diagnostics: readonly Diagnostic[], format: 'text' | 'json', io: Io): void {
  if (diagnostics.length === 0) return;
  io.stderr(
    format === 'json' ? renderJson(diagnostics) : `${renderText(diagnostics, { color: io.color })}\n`,
  );
}

/** `2 errors, 1 warning`, or `nothing to report`. */
export function countText(diagnostics: readonly Diagnostic[]): string {
  const parts = (['error', 'warning', 'notice'] as const).flatMap((severity) => {
    const count = diagnostics.filter((found) => found.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? '' : 's'}`];
  });
  return parts.length === 0 ? 'nothing to report' : parts.join(', ');
}

/** The last line when an input is refused, after its diagnostics. */
export const refusedText = (diagnostics: readonly Diagnostic[], consequence: string): string =>
  hasErrors(diagnostics) ? `loadstar: ${countText(diagnostics)}; ${consequence}\n` : '';
