/** Numbers with their units, as the page writes them, and how many rows it draws. */
import { percent } from '../../basics/text.ts';

/** Rows of one table. More are not drawn; searching finds them. */
export const MAX_SHOWN = 200;

export const rateText = (perSecond: number): string =>
  `${perSecond >= 100 ? Math.round(perSecond) : Math.round(perSecond * 10) / 10}/s`;

export const shareText = (share: number | undefined): string => (share === undefined ? '–' : percent(share));

export const msText = (ms: number | undefined): string =>
  ms === undefined ? '–' : ms >= 10 ? `${Math.round(ms)} ms` : `${Math.round(ms * 10) / 10} ms`;

/** `12 s ago`. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
}

/** `14:03:09` of the reader's own time zone. */
export const clockText = (at: number): string => new Date(at).toTimeString().slice(0, 8);

/** `2026-11-28 14:03:09`, there too. */
export function momentText(at: number): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clockText(at)}`;
}
