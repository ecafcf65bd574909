/** Shares of hosts as bars, a row for each host. */
import { type BarRow, shareBars } from '../../drawing/share-bars.ts';
import { Picture } from './picture.tsx';

const WIDTH = 760;
/** Hosts beyond are in no picture. */
export const MAX_BARS = 40;

interface ShareBars {
  readonly rows: readonly BarRow[];
  /** For the text after the longest bar. */
  readonly right: number;
  /** For who does not see it. */
  readonly label: string;
}

export const ShareBars = ({ rows, right, label }: ShareBars) => {
  const { svg, bottom } = shareBars(rows.slice(0, MAX_BARS), { width: WIDTH, left: 190, right, top: 6 });
  return (
    <Picture
      svg={`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom}">${svg}</svg>`}
      label={label}
    />
  );
};
