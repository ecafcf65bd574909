/**
 * A part of a Maglev table: a cell for each slot, in the colour of its host, with the slot of one key marked.
 */
import { countText } from '../basics/text.ts';
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
  const key = legend(owners, hosts, owners[(chosen - first + tableSize) % tableSize]);
  const at = (((chosen - first + tableSize) % tableSize) + 0.5) * cell;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${CELL_TOP + CELL + 28 + key.height}" role="img" aria-label="Slots ${first} and after of a Maglev table of ${tableSize}; the key has slot ${chosen}">
${cells.join('\n')}
<path class="mark" d="M${round(at - 6)} 8 L${round(at + 6)} 8 L${round(at)} 20 Z"/>
${text(round(Math.min(at + 10, WIDTH - 130)), 16, `slot ${chosen}`, 's')}
${text(0, CELL_TOP + CELL + 16, `slot ${first}`, 's')}
${text(WIDTH, CELL_TOP + CELL + 16, `slot ${(first + owners.length - 1) % tableSize}`, 's e')}
${key.svg}
</svg>`;
}

/** Hosts that the legend names; each cell says its host where it is pointed at. */
const MAX_NAMED = 12;
const COLUMNS = 2;
const LINE = 18;

/** Which colour is which host, the key's first; of those alone that have a cell. */
function legend(
  owners: readonly number[],
  hosts: readonly string[],
  chosen: number | undefined,
): { readonly svg: string; readonly height: number } {
  const cells = new Map<number, number>();
  for (const owner of owners) cells.set(owner, (cells.get(owner) ?? 0) + 1);
  const shown = [...cells].sort(([a], [b]) => Number(b === chosen) - Number(a === chosen) || a - b);
  const top = CELL_TOP + CELL + 28;
  const parts = shown.slice(0, MAX_NAMED).map(([owner, count], i) => {
    const [x, y] = [(i % COLUMNS) * (WIDTH / COLUMNS), top + Math.floor(i / COLUMNS) * LINE];
    const what = `${hosts[owner] ?? 'no host'}${owner === chosen ? ' (of the key)' : ''}: ${countText(count, 'slot')}`;
    return `<rect class="${colourOf(owner)}" x="${round(x)}" y="${y}" width="12" height="12"/>${text(round(x + 18), y + 10, what, '')}`;
  });
  const lines = Math.ceil(parts.length / COLUMNS);
  const more = shown.length - parts.length;
  if (more > 0) parts.push(text(0, top + lines * LINE + 10, `and ${countText(more, 'more host')}`, 's'));
  return { svg: parts.join('\n'), height: (lines + (more > 0 ? 1 : 0)) * LINE };
}
