/**
 * Words that are text in YAML 1.2 and true or false in the YAML 1.1 of kubectl, which then refuses them where
 * text must stand.
 */

import type { Path } from '../../basics/path.ts';
import type { Document } from '../../manifests/documents.ts';
import type { Report } from './findings.ts';

const truths: ReadonlySet<string> = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON']);
const falsehoods: ReadonlySet<string> = new Set(['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF']);

/** A notice for each that stands without quotes. */
export function tellSwitches(document: Document, report: Report): void {
  const path: (string | number)[] = [];
  const visit = (value: unknown, segment: string | number): void => {
    path.push(segment);
    if (typeof value === 'string') {
      if (value.length <= 3 && (truths.has(value) || falsehoods.has(value))) tell(value, [...path]);
    } else if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null)
      for (const key of Object.keys(value)) visit((value as Record<string, unknown>)[key], key);
    path.pop();
  };
  const tell = (value: string, at: Path): void => {
    if (!isPlain(document, value, at)) return;
    report.notice(at, {
      code: 'yaml-switch',
      message: `${value} is read as text here; kubectl reads it as ${truths.has(value)} and refuses it.`,
      value,
      hint: `Put it in quotes: "${value}".`,
    });
  };
  for (const key of Object.keys(document.value)) visit(document.value[key], key);
}

/** In quotes it is text for everybody. */
function isPlain({ at }: Document, value: string, path: Path): boolean {
  const { lineText, lineFrom = 1, column, length } = at(...path);
  return length === value.length && lineText.startsWith(value, column - lineFrom);
}
