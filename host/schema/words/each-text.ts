/**
 * Every text of a document. One list serves as the path throughout: most documents have nothing to report.
 */
import type { Path } from '../../basics/path.ts';

/** `path` is valid during the call only: copy it to keep it. `isKey`: the text is the path's last key. */
export type SeeText = (text: string, path: Path, isKey: boolean) => void;

export function eachText(value: unknown, see: SeeText): void {
  const path: (string | number)[] = [];
  const visit = (item: unknown): void => {
    if (typeof item === 'string') see(item, path, false);
    else if (Array.isArray(item)) {
      for (let i = 0; i < item.length; i++) {
        path.push(i);
        visit(item[i]);
        path.pop();
      }
    } else if (typeof item === 'object' && item !== null) {
      for (const key in item) {
        path.push(key);
        see(key, path, true);
        visit((item as Record<string, unknown>)[key]);
        path.pop();
      }
    }
  };
  visit(value);
}
