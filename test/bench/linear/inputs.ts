/**
 * Texts that grow by one number and that a careless reader takes quadratic or exponential time for. One list
 * for the benchmark, which measures, and for test/unit/manifests/bounded.test.ts, which holds that each is
 * answered with diagnostics.
 */
export interface Growing {
  readonly name: string;
  /** The base size: the benchmark takes 1, 2, 4 and 8 times as much. */
  readonly size: number;
  readonly text: (size: number) => string;
}

const lines = (size: number, line: (i: number) => string): string =>
  Array.from({ length: size }, (_, i) => line(i)).join('\n');
const route = (rest: string): string =>
  `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a}\nspec:\n${rest}\n`;
const setHeader = (value: string): string =>
  route(`  rules:
  - filters:
    - type: ResponseHeaderModifier
      responseHeaderModifier: {set: [{name: x, value: ${JSON.stringify(value)}}]}`);

export const growing: readonly Growing[] = [
  // Readers.
  { name: 'keys of a block mapping', size: 10_000, text: (n) => lines(n, (i) => `key${i}: 1`) },
  {
    name: 'keys of a mapping with an anchor',
    size: 5_000,
    text: (n) => `a: &a 1\n${lines(n, (i) => `key${i}: 1`)}`,
  },
  {
    name: 'keys of a flow mapping',
    size: 10_000,
    text: (n) => `{${lines(n, (i) => `key${i}: 1`).replaceAll('\n', ', ')}}`,
  },
  {
    name: 'keys of JSON',
    size: 10_000,
    text: (n) => JSON.stringify(Object.fromEntries(Array.from({ length: n }, (_, i) => [`key${i}`, 1]))),
  },
  { name: 'equal keys', size: 2_500, text: (n) => lines(n, () => 'key: 1') },
  { name: 'aliases', size: 10_000, text: (n) => `a: &a 1\nb:\n${lines(n, () => '- *a')}` },
  { name: 'anchors, each used', size: 5_000, text: (n) => `b:\n${lines(n, (i) => `- &a${i} 1\n- *a${i}`)}` },
  {
    name: 'merge keys',
    size: 2_000,
    text: (n) => `a: &a\n${lines(n, (i) => `  k${i}: 1`)}\nb:\n  <<: *a\n${lines(n, (i) => `  l${i}: 1`)}`,
  },
  { name: 'documents, all empty', size: 250_000, text: (n) => '---\n'.repeat(n) },
  { name: 'documents of a comment', size: 20_000, text: (n) => '---\n# nothing\n'.repeat(n) },
  { name: 'documents of a value', size: 10_000, text: (n) => '---\n1\n'.repeat(n) },
  { name: 'keys that are mappings', size: 30, text: (n) => '? '.repeat(Math.min(n, 290)).trimEnd() },
  { name: 'brackets', size: 10_000, text: (n) => '['.repeat(n) },
  { name: 'dashes', size: 10_000, text: (n) => '- '.repeat(n) },
  { name: 'quotes that never close', size: 5_000, text: (n) => lines(n, () => 'a: "b') },
  { name: 'a long text in JSON', size: 1_000_000, text: (n) => `{"a": "${'x'.repeat(n)}"}` },
  { name: 'a long text in JSON with escapes', size: 500_000, text: (n) => `{"a": "${'\\n'.repeat(n)}"}` },
  { name: 'a long key', size: 500_000, text: (n) => `${'a'.repeat(n)}: 1` },
  { name: 'a long word', size: 500_000, text: (n) => `a: ${'b'.repeat(n)}` },
  { name: 'a long word with blanks', size: 500_000, text: (n) => `a: ${'b '.repeat(n)}c` },
  { name: 'a block text', size: 20_000, text: (n) => `a: |\n${lines(n, () => '  x')}` },
  { name: 'lines of a folded text', size: 10_000, text: (n) => `a: "${lines(n, () => 'x')}"` },
  { name: 'comments', size: 50_000, text: (n) => `${lines(n, () => '# x')}\na: 1` },
  { name: 'blank lines', size: 100_000, text: (n) => `a: &a 1${'\n'.repeat(n)}b: 1` },
  { name: 'blanks', size: 200_000, text: (n) => `a: &a 1${' '.repeat(n)}\nb: 1` },
  { name: 'line ends without a feed', size: 20_000, text: (n) => 'a: 1\r'.repeat(n) },
  { name: 'directives', size: 5_000, text: (n) => `${'%FOO bar\n'.repeat(n)}---\na: 1` },
  { name: 'tags', size: 5_000, text: (n) => lines(n, (i) => `k${i}: !t${i} 1`) },
  // What is said about them.
  { name: 'unknown fields', size: 1_000, text: (n) => route(lines(n, (i) => `  field${i}: 1`)) },
  {
    name: 'unknown fields on one line',
    size: 1_000,
    text: (n) => route(`  {${lines(n, (i) => `field${i}: 1`).replaceAll('\n', ', ')}}`),
  },
  {
    name: 'labels that are wrong',
    size: 500,
    text: (n) =>
      `apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  labels:\n${lines(n, (i) => `    l${i}: "-"`)}\nspec: {}`,
  },
  {
    name: 'items of a List that are wrong',
    size: 500,
    text: (n) =>
      `apiVersion: v1\nkind: List\nitems:\n${lines(n, () => '- {apiVersion: v1, kind: Service, metadata: {name: a}, spec: 1}')}`,
  },
  {
    name: 'two large documents that disagree',
    size: 100,
    text: (n) =>
      ['a', 'b']
        .map(
          (name) =>
            `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: ${name}}\nspec:\n  rules:\n${lines(n, (i) => `  - matches: [{path: {value: /p${i % 16}}}]\n    backendRefs: [{name: nowhere${i}, port: 80}]`)}`,
        )
        .join('\n---\n'),
  },
  {
    name: 'foreign documents',
    size: 2_000,
    text: (n) => lines(n, (i) => `---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d${i}}`),
  },
  {
    name: 'routes without backends',
    size: 500,
    text: (n) =>
      lines(
        n,
        (i) =>
          `---\n${route(`  rules: [{backendRefs: [{name: b${i}, port: 80}]}]`).replace('name: a', `name: a${i}`)}`,
      ),
  },
  {
    name: 'routes that overlap',
    size: 500,
    text: (n) =>
      lines(
        n,
        (i) =>
          `---\n${route('  rules: [{filters: [{type: RequestRedirect, requestRedirect: {hostname: b.example.com}}]}]').replace('name: a', `name: a${i}`)}`,
      ),
  },
  {
    name: 'one resource many times',
    size: 500,
    text: (n) =>
      lines(n, () => '---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}'),
  },
  // Patterns.
  { name: 'a header value with two blanks', size: 1_000, text: (n) => setHeader(`${'x'.repeat(n)}  y`) },
  {
    name: 'a header value that ends with a blank',
    size: 1_000,
    text: (n) => setHeader(`${'x y'.repeat(n)} `),
  },
  { name: 'a header value with another letter', size: 1_000, text: (n) => setHeader(`${'x'.repeat(n)}é`) },
  {
    name: 'a host name that is none',
    size: 10_000,
    text: (n) => route(`  hostnames: ["${'a-.'.repeat(n)}"]`),
  },
  {
    name: 'a path that is none',
    size: 10_000,
    text: (n) => route(`  rules: [{matches: [{path: {value: "${'/a%2e'.repeat(n)}"}}]}]`),
  },
  {
    name: 'a duration that is none',
    size: 10_000,
    text: (n) => route(`  rules: [{timeouts: {request: "${'1h1m'.repeat(n)}"}}]`),
  },
];
