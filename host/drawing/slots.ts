/**
 * A part of a Maglev table: a cell for each slot, in the colour of its host, with the slot of one key marked.
 */
import { markup, round, text } from './svg.ts';

export interface Slots {
  readonly tableSize: number;
  /** The number of the first slot that is drawn. */
  readonly first: number;
  /** Numbers in `hosts`, slot by slot. */
  readonly owners: readonly number[];
  readonly hosts: readonly string[];
  /** The slot of the key. */
  readonly chosen: number;
}

/** Classes host-0 … for the style sheet: hosts beyond share them. */
export const COLOURS = 10;

export const colourOf = (host: number): string => `host-${host % COLOURS}`;

const WIDTH = 760;
const CELL_TOP = 24;
const CELL = 30;

/** A document of its own; colours are the page's. */
export function slotStrip({ tableSize, first, owners, hosts, chosen }: Slots): string {
  const cell = WIDTH / Math.max(1, owners.length);
  const cells = owners.map((owner, i) => {
    const slot = (first + i) % tableSize;
    const host = hosts[owner] ?? '';
    return `<rect class="${colourOf(owner)}" x="${round(i * cell)}" y="${CELL_TOP}" width="${round(cell - 1)}" height="${CELL}"><title>slot ${slot}: ${markup(host)}</title></rect>`;
  });
  const at = (((chosen - first + tableSize) % tableSize) + 0.5) * cell;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${CELL_TOP + CELL + 22}" role="img" aria-label="Slots ${first} and after of a Maglev table of ${tableSize}; the key has slot ${chosen}">
${cells.join('\n')}
<path class="mark" d="M${round(at - 6)} 8 L${round(at + 6)} 8 L${round(at)} 20 Z"/>
${text(round(Math.min(at + 10, WIDTH - 130)), 16, `slot ${chosen}`, 's')}
${text(0, CELL_TOP + CELL + 16, `slot ${first}`, 's')}
</svg>`;
}
