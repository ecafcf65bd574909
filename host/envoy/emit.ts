/**
 * Object → text. YAML 1.2 in block style for people, or JSON. The YAML writer is our own because a
 * configuration of ten thousand routes is a million nodes: this one is a single walk, and `yaml` (which reads
 * it back in the tests) builds a document tree first. Fields that are undefined are left out; key order is
 * the order of construction, so equal input gives equal bytes.
 */

export type Format = 'yaml' | 'json';

/** Renders plain data. Ends with a newline. */
export function emit(value: unknown, format: Format): string {
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  const out: string[] = [];
  writeNode(value, 0, out, '');
  return out.join('');
}

type Plain = Record<string, unknown>;
const isMap = (v: unknown): v is Plain => typeof v === 'object' && v !== null && !Array.isArray(v);
function isEmpty(map: Plain): boolean {
  for (const key in map) if (map[key] !== undefined) return false;
  return true;
}

/** Writes a node after `lead`, the text already on the line: '' at the top, `key:` or `-`. */
function writeNode(value: unknown, indent: number, out: string[], lead: string): void {
  const space = lead === '' ? '' : ' ';
  if (Array.isArray(value)) {
    if (value.length === 0) out.push(lead, space, '[]\n');
    else {
      if (lead !== '') out.push(lead, '\n');
      writeList(value, indent, out);
    }
  } else if (isMap(value)) {
    if (isEmpty(value)) out.push(lead, space, '{}\n');
    else {
      if (lead !== '') out.push(lead, '\n');
      writeMap(value, indent, out, '');
    }
  } else out.push(lead, space, scalar(value, indent), '\n');
}

/** `first`: the text before the first key, if it is not the indent (`- `). */
function writeMap(map: Plain, indent: number, out: string[], first: string): void {
  const pad = padding(indent);
  let before = first === '' ? pad : first;
  for (const key in map) {
    const value = map[key];
    if (value === undefined) continue;
    // A list has the indent of its key, as Kubernetes and Envoy write it.
    writeNode(value, Array.isArray(value) ? indent : indent + 2, out, `${before}${text(key)}:`);
    before = pad;
  }
}

function writeList(items: readonly unknown[], indent: number, out: string[]): void {
  const dash = `${padding(indent)}-`;
  for (const item of items) {
    if (isMap(item) && !isEmpty(item)) writeMap(item, indent + 2, out, `${dash} `);
    else writeNode(item, indent + 2, out, dash);
  }
}

const pads: string[] = [];
function padding(indent: number): string {
  pads[indent] ??= ' '.repeat(indent);
  return pads[indent];
}

function scalar(value: unknown, indent: number): string {
  if (typeof value === 'string') return value.includes('\n') ? block(value, indent) : text(value);
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  throw new TypeError(`cannot be written as YAML: ${String(value)}`);
}

/** Letters, digits and the marks of names and paths, beginning with a letter or a slash: needs no quotes. */
const PLAIN = /^[A-Za-z/_][A-Za-z0-9/_.-]*$/;
/** Addresses and durations: begin with a digit, hold something no number holds. */
const PLAIN_DIGITS = /^[0-9]+(\.[0-9]+){2,3}$|^[0-9]+(\.[0-9]+)?s$/;
/** Words that YAML 1.1 or 1.2 readers do not read as text. */
const WORDS = /^(y|n|yes|no|on|off|true|false|null)$/i;

/** JSON strings are valid YAML double-quoted scalars (YAML 1.2, section 1.3), so quoting is JSON's. */
const text = (value: string): string =>
  (PLAIN.test(value) && !WORDS.test(value)) || PLAIN_DIGITS.test(value) ? value : JSON.stringify(value);

/** A literal block if nothing in the text needs escaping, otherwise quoted. */
function block(value: string, indent: number): string {
  const lines = value.split('\n');
  const safe = lines.every((line) => /^[\x20-\x7e]*$/.test(line) && !line.endsWith(' '));
  if (!safe || value.endsWith('\n') || lines[0] === '' || lines[0]?.startsWith(' '))
    return JSON.stringify(value);
  const pad = ' '.repeat(Math.max(indent, 2));
  return `|-\n${lines.map((line) => (line === '' ? '' : pad + line)).join('\n')}`;
}
