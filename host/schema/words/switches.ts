/**
 * Words that are text in YAML 1.2 and true or false in the YAML 1.1 of kubectl, which then refuses them where
 * text must stand.
 */

import type { Path } from '../../basics/path.ts';
import type { Document } from '../../manifests/documents.ts';
import { eachText } from './each-text.ts';
import type { Report } from './findings.ts';

const truths: ReadonlySet<string> = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON']);
const falsehoods: ReadonlySet<string> = new Set(['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF']);

/** A notice for each that stands without quotes. */
export function tellSwitches(document: Document, report: Report): void {
  const tell = (value: string, at: Path): void => {
    if (!isPlain(document, value, at)) return;
    report.notice(at, {
      code: 'yaml-switch',
      message: `${value} is read as text here; kubectl reads it as ${truths.has(value)} and refuses it.`,
      value,
      hint: `Put it in quotes: "${value}".`,
    });
  };
  eachText(document.value, (text, path, isKey) => {
    if (!isKey && text.length <= 3 && (truths.has(text) || falsehoods.has(text))) tell(text, [...path]);
  });
}

/** In quotes it is text for everybody. */
function isPlain({ at }: Document, value: string, path: Path): boolean {
  const { lineText, lineFrom = 1, column, length } = at(...path);
  return length === value.length && lineText.startsWith(value, column - lineFrom);
}
