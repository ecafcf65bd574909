/** Text, in the few ways that several stages need it. */

/** By code unit: the same everywhere, unlike the order of a locale. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `1 route`, `2 routes`. */
export const countText = (number: number, what: string): string =>
  `${number} ${what}${number === 1 ? '' : 's'}`;
