// A second try, alone, for files of which a test failed beside others: they share the machine with one
// another, and a busy one is late. What fails alone too is failed; what passes is told as unsteady, to be
// mended. A file that hung or ended badly gets none, nor does a run in which much fails: that is no accident.

/** With more files than these nothing is run again. */
export const FILES_AGAIN = 5;
/** All of them together. */
const AGAIN_MS = 10 * 60_000;

/**
 * The outcomes with those of the second try in place of the first, and which tests were unsteady.
 * `mayRun(outcome)`: whether its suite's files may; `run(file, ms)`: the outcomes of this file alone.
 */
export function again(outcomes, mayRun, run) {
  const failed = outcomes.filter(({ outcome }) => outcome === 'failed');
  const files = [...new Set(failed.map(({ file }) => file))];
  if (failed.some((each) => each.broken || each.file === undefined || !mayRun(each)))
    return { outcomes, unsteady: [] };
  if (files.length > FILES_AGAIN)
    return { outcomes, unsteady: [], why: `${files.length} files failed, more than ${FILES_AGAIN}` };
  const end = Date.now() + AGAIN_MS;
  const result = { outcomes, unsteady: [] };
  for (const file of files) {
    const ms = end - Date.now();
    if (ms <= 0) break;
    const first = failed.filter((each) => each.file === file);
    const [{ suite }] = first;
    const second = run(file, ms).map((each) => ({ ...each, suite }));
    const before = outcomes.filter((each) => each.file === file);
    const isLost = ({ name }) => count(second, name) < count(before, name);
    const lost = first.filter((each) => isLost(each) || outcomeOf(second, each.name) === undefined);
    const passed = first.filter((each) => !lost.includes(each) && outcomeOf(second, each.name) === 'passed');
    result.unsteady.push(...passed);
    result.outcomes = [...result.outcomes.filter((each) => each.file !== file), ...second, ...lost];
  }
  return result;
}

/** Names may stand twice in a file: one that is missing may be the one that failed. */
const count = (outcomes, name) => outcomes.filter((each) => each.name === name).length;

/** `undefined` for a test that did not run: it is not known to pass. */
function outcomeOf(outcomes, name) {
  const found = outcomes.filter((each) => each.name === name).map(({ outcome }) => outcome);
  if (found.includes('failed')) return 'failed';
  return found.includes('passed') ? 'passed' : undefined;
}
