/**
 * docs/request.svg: how a request passes Envoy, and how a load report comes back. One file for light and dark
 * pages. Written by scripts/docs.mjs, as the pages are.
 */
type Point = readonly [x: number, y: number];

/** Rows: the middle of the request's boxes, and of the answer's. */
const REQUEST = 112;
const ANSWER = 236;
const TALL = 84;

const text = (x: number, y: number, words: string, kind: string, anchor = 'middle'): string =>
  `<text class="${kind}" x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`;

/** A box around (x, y) with a name and lines below it. `kind`: envoy, ours or host. */
function box(x: number, y: number, w: number, kind: string, name: string, ...lines: string[]): string {
  const top = y - TALL / 2;
  const first = y + 5 - lines.length * 8;
  return [
    `<rect class="${kind}" x="${x - w / 2}" y="${top}" width="${w}" height="${TALL}" rx="7"/>`,
    text(x, first, name, 'name'),
    ...lines.map((line, i) => text(x, first + 18 + i * 16, line, 'small')),
  ].join('\n');
}

/** An arrow along points; its head is at the last one. */
const arrow = (kind: string, ...points: Point[]): string =>
  `<polyline class="${kind}" points="${points.map((point) => point.join(',')).join(' ')}" marker-end="url(#${kind})"/>`;

const head = (kind: string): string =>
  `<marker id="${kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">` +
  `<path class="head-${kind}" d="M0,0 8,4 0,8z"/></marker>`;

const light = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .name { font-weight: 600 } .small { font-size: 11.5px; fill: #59636e } .mono { font: 11.5px ui-monospace, monospace; fill: #59636e }
  .frame { fill: none; stroke: #d1d9e0; stroke-dasharray: 5 4 }
  .envoy { fill: #f6f8fa; stroke: #d1d9e0 } .ours { fill: #ddf4ff; stroke: #0969da } .host { fill: #f6f8fa; stroke: #d1d9e0 }
  .chosen { fill: #dafbe1; stroke: #1a7f37 }
  .there, .back { fill: none; stroke: #59636e; stroke-width: 1.6 } .back { stroke: #1a7f37 }
  .head-there { fill: #59636e } .head-back { fill: #1a7f37 }`;
const dark = `
    text { fill: #f0f6fc } .small, .mono { fill: #9198a1 } .frame { stroke: #3d444d }
    .envoy, .host { fill: #151b23; stroke: #3d444d } .ours { fill: #121d2f; stroke: #4493f8 } .chosen { fill: #12261e; stroke: #3fb950 }
    .there { stroke: #9198a1 } .back { stroke: #3fb950 } .head-there { fill: #9198a1 } .head-back { fill: #3fb950 }`;

/** Right of Envoy; the request goes to the one in the middle. */
const hosts = ['a', 'b', 'c'].map((name, i) => {
  const y = 84 + i * 90;
  const kind = name === 'b' ? 'host chosen' : 'host';
  return `<rect class="${kind}" x="776" y="${y - 22}" width="90" height="44" rx="7"/>\n${text(821, y + 5, `host ${name}`, 'name')}`;
});

export const drawing = (): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 18 880 296" width="880" height="296" role="img">
<title>A request passes Envoy's listener, a route, the filter and a pool to one host; a load report goes back</title>
<style>${light}
  @media (prefers-color-scheme: dark) {${dark}
  }
</style>
<defs>${head('there')}${head('back')}</defs>
<rect class="frame" x="104" y="30" width="624" height="272" rx="10"/>
${text(118, 50, 'Envoy', 'small', 'start')}
${text(52, REQUEST - 10, 'client', 'name')}
${text(52, REQUEST + 20, 'cart=1234', 'mono')}
${box(170, REQUEST, 104, 'envoy', 'listener', 'removes forged', 'internal headers')}
${box(298, REQUEST, 104, 'envoy', 'route', '/cart', '→ pool “shop”')}
${box(450, REQUEST, 152, 'ours', 'loadstar.select', 'key → hash → slot', '→ hint: host b')}
${box(636, REQUEST, 152, 'envoy', 'pool', 'health, retries, weights;', 'follows the hint')}
${box(636, ANSWER, 152, 'ours', 'loadstar.report', 'repairs the report,', 'so that it counts')}
${box(298, ANSWER, 152, 'envoy', 'loadstar.strip', 'removes the report', 'from the answer')}
${text(52, ANSWER + 20, 'answer', 'small')}
${text(52, ANSWER + 36, 'without report', 'small')}
${text(450, REQUEST + TALL / 2 + 18, 'for ConsistentHash', 'small')}
${text(636, ANSWER + TALL / 2 + 18, 'for BackendUtilization', 'small')}
${text(646, 179, 'utilization', 'small', 'start')}
${text(821, 212, 'cpu=0.3', 'mono')}
${hosts.join('\n')}
${arrow('there', [20, REQUEST], [116, REQUEST])}
${arrow('there', [222, REQUEST], [244, REQUEST])}
${arrow('there', [350, REQUEST], [372, REQUEST])}
${arrow('there', [526, REQUEST], [558, REQUEST])}
${arrow('there', [712, REQUEST], [744, REQUEST], [744, 166], [774, 166])}
${arrow('back', [776, 182], [744, 182], [744, ANSWER], [714, ANSWER])}
${arrow('back', [636, ANSWER - TALL / 2], [636, REQUEST + TALL / 2 + 2])}
${arrow('back', [560, ANSWER], [376, ANSWER])}
${arrow('back', [222, ANSWER], [20, ANSWER])}
</svg>
`;
