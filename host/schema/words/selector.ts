/** Kubernetes label selectors: matchLabels and matchExpressions. */
import type { Path } from '../../basics/path.ts';
import type { LabelSelector } from '../../model/resources.ts';
import type { Report } from './findings.ts';
import { asList, asObject } from './findings.ts';
import { list, object, oneOf, text, textMap } from './shape.ts';

export const selectorShape = {
  matchLabels: textMap().optional(),
  matchExpressions: list(
    object({
      key: text({ min: 1 }),
      operator: oneOf(['In', 'NotIn', 'Exists', 'DoesNotExist']),
      values: list(text()).optional(),
    }),
  ).optional(),
};
export const selectorSchema = object(selectorShape);

interface CheckedSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?:
    | readonly {
        readonly key: string;
        readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
        readonly values?: readonly string[] | undefined;
      }[]
    | undefined;
}

export const toSelector = (selector: CheckedSelector): LabelSelector => ({
  matchLabels: selector.matchLabels ?? {},
  matchExpressions: (selector.matchExpressions ?? []).map((e) => ({ ...e, values: e.values ?? [] })),
});

/** In and NotIn need values, the other two must have none. */
export function checkSelector(raw: unknown, path: Path, report: Report): void {
  for (const [i, entry] of asList(asObject(raw)?.matchExpressions).entries()) {
    const { operator, values } = asObject(entry) ?? {};
    const needs = operator === 'In' || operator === 'NotIn';
    const has = asList(values).length > 0;
    if (typeof operator !== 'string' || needs === has) continue;
    if (!needs && operator !== 'Exists' && operator !== 'DoesNotExist') continue;
    report.error([...path, 'matchExpressions', i, 'values'], {
      code: 'selector-invalid',
      message: `The operator ${operator} ${needs ? 'needs at least one value' : 'takes no values'}.`,
      value: has ? values : undefined,
      rule: 'In and NotIn need values; Exists and DoesNotExist must have none.',
      hint: needs ? 'Add values, or use Exists.' : 'Remove values, or use In.',
      point: [...path, 'matchExpressions', i, 'operator'],
    });
  }
}

/** `{from, selector}`: which namespaces; the words of from are checked by the schema. */
export function checkNamespaces(raw: unknown, path: Path, report: Report): void {
  const { from, selector } = asObject(raw) ?? {};
  checkSelector(selector, [...path, 'selector'], report);
  if (from !== 'Selector' || selector !== undefined) return;
  report.error([...path, 'selector'], {
    code: 'field-missing',
    message: 'from is Selector, but there is no selector.',
    rule: 'from: Selector needs a selector beside it.',
    hint: 'Add selector, or use from: Same or All.',
    point: [...path, 'from'],
  });
}
