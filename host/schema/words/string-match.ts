/** StringMatch of Envoy Gateway v1alpha1: a text, or a part of it, or a regular expression. */
import type { StringMatch } from '../../model/client-traffic.ts';
import { object, oneOf, text } from './shape.ts';

/** Envoy refuses the whole configuration for a character that no header can have. */
const value = () =>
  text({ min: 1, max: 1024, pattern: /^[^\0\r\n]+$/, rule: 'text of 1 to 1024 characters, on one line' });

/** The fields of one match. */
export const stringMatchShape = () => ({
  type: oneOf(['Exact', 'Prefix', 'Suffix', 'RegularExpression']).optional(),
  value: value(),
});
export const stringMatch = () => object(stringMatchShape());

const KINDS = { Exact: 'exact', Prefix: 'prefix', Suffix: 'suffix', RegularExpression: 'regex' } as const;

export const toStringMatch = ({
  type = 'Exact',
  value,
}: {
  readonly type?: keyof typeof KINDS | undefined;
  readonly value: string;
}): StringMatch => ({ kind: KINDS[type], value });
