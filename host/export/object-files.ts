/** Objects → a file for `kubectl apply`, with what its reader has to know in front. */
import { emit } from '../envoy/emit.ts';
import type { Exported, KubeObject } from './exported.ts';
import { fateLines } from './fates.ts';

export interface ObjectFile {
  readonly name: string;
  readonly text: string;
}

const [MODULE, POLICIES] = ['1-module.yaml', '2-policies.yaml'];
const [WRITTEN, FOR, NOTHING] = ['Written by loadstar', ' export for ', 'Nothing to add.'];

/** All that may be written. */
export const OBJECT_FILES: readonly string[] = [MODULE, POLICIES];

/** Whether it was written here: a file of that name may be somebody else's. */
export function isObjectFile(text: string): boolean {
  const [first = '', second = ''] = text.split('\n', 2);
  return [first, second].some((line) => {
    const [before = '', after] = line.split(`${WRITTEN} `, 2);
    return (before === '# ' || before === `# ${NOTHING} `) && after?.includes(FOR) === true;
  });
}

/** @param title As `Envoy Gateway 1.9`. */
export function objectFiles(
  { module, policies, fates, steps }: Exported,
  title: string,
  version: string,
): readonly ObjectFile[] {
  const written = `${WRITTEN} ${version}${FOR}${title}.`;
  const about = ['', 'What becomes of each policy:', ...fateLines(fates)];
  const todo = steps.length === 0 ? [] : ['', 'Step by step:', ...steps];
  if (policies.length === 0) return [{ name: POLICIES, text: comment([`${NOTHING} ${written}`, ...about]) }];
  const [first, second] = [
    comment(['The filter, as a file where proxies find it; applied first.', written, ...todo]),
    comment(['What the engine lacks; applied when all proxies have the filter.', written, ...about]),
  ];
  return [
    ...(module.length === 0 ? [] : [{ name: MODULE, text: `${first}${documents(module)}` }]),
    { name: POLICIES, text: `${second}${documents(policies)}` },
  ];
}

const comment = (lines: readonly string[]): string =>
  lines.map((line) => (line === '' ? '#\n' : `# ${line}\n`)).join('');

const documents = (objects: readonly KubeObject[]): string =>
  objects.map((one) => emit(one, 'yaml')).join('---\n');
