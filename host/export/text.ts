/** Objects → a file for `kubectl apply`, with what its reader has to know in front. */
import { emit } from '../envoy/emit.ts';
import { fateLines } from './fates.ts';
import type { Exported, KubeObject } from './types.ts';

export interface ObjectFile {
  readonly name: string;
  readonly text: string;
}

/** @param title As `Envoy Gateway 1.9`. */
export function objectFiles(
  { module, policies, fates, steps }: Exported,
  title: string,
  version: string,
): readonly ObjectFile[] {
  const written = `Written by loadstar ${version} export for ${title}.`;
  const about = ['', 'What becomes of each policy:', ...fateLines(fates)];
  const todo = steps.length === 0 ? [] : ['', 'Step by step:', ...steps];
  if (policies.length === 0)
    return [{ name: '2-policies.yaml', text: comment([`Nothing to add. ${written}`, ...about]) }];
  const [first, second] = [
    comment(['The filter, as a file where proxies find it; applied first.', written, ...todo]),
    comment(['What the engine lacks; applied when all proxies have the filter.', written, ...about]),
  ];
  return [
    ...(module.length === 0 ? [] : [{ name: '1-module.yaml', text: `${first}${documents(module)}` }]),
    { name: '2-policies.yaml', text: `${second}${documents(policies)}` },
  ];
}

const comment = (lines: readonly string[]): string =>
  lines.map((line) => (line === '' ? '#\n' : `# ${line}\n`)).join('');

const documents = (objects: readonly KubeObject[]): string =>
  objects.map((one) => emit(one, 'yaml')).join('---\n');
