/** Text and numbers of SVG, for every picture that is drawn here or in a browser. */

/** Two digits after the point: the same bytes for the same input. */
export const round = (n: number): number => Math.round(n * 100) / 100;

export const markup = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

export const text = (x: number, y: number, value: string, style: string): string =>
  `<text${style === '' ? '' : ` class="${style}"`} x="${x}" y="${y}">${markup(value)}</text>`;
