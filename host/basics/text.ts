/** Text, in the few ways that several stages need it. */

/** By code unit: the same everywhere, unlike the order of a locale. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `12,345`; a fraction is rounded. */
export const wholeText = (n: number): string => Math.round(n).toLocaleString('en-US');

/** `12.5 %` of a share from 0 to 1. */
export const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)} %`;

/** `1 route`, `2 routes`. */
export const countText = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

/** A peer's own words: no control character of theirs reaches a terminal. */
export const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');
