/** argv → validated options of one command. Options are data, so that help text and parsing cannot differ. */
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { nearestName } from '../diagnostics/nearest.ts';
import { UsageError } from '../run/errors.ts';

interface OptionSpec {
  readonly short?: string;
  /** Placeholder for the value in the help text; undefined: a switch. */
  readonly value?: string;
  /** Taken when the option is given without a value. */
  readonly otherwise?: string;
  /** The only values accepted. */
  readonly choices?: readonly string[];
  readonly repeatable?: true;
  readonly help: string;
}
export type OptionTable = Readonly<Record<string, OptionSpec>>;

export interface Args {
  /** The last value given; undefined when absent. */
  one(name: string): string | undefined;
  many(name: string): readonly string[];
  has(name: string): boolean;
}

/**
 * @param operands Name of the option that collects arguments without an option (`-f a.yaml b.yaml`);
 *   undefined: none are allowed.
 * @throws {UsageError}
 */
export function parseOptions(argv: readonly string[], table: OptionTable, operands?: string): Args {
  const { tokens } = parseArgs({
    args: [...argv],
    options: nodeOptions(table),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  const add = (name: string, value: string) => values.set(name, [...(values.get(name) ?? []), value]);
  // Whose value may be the next word.
  let waiting: { readonly name: string; readonly otherwise: string } | undefined;
  const settle = () => {
    if (waiting !== undefined) add(waiting.name, waiting.otherwise);
    waiting = undefined;
  };
  for (const token of tokens ?? []) {
    if (waiting !== undefined && token.kind === 'positional' && /:\d{1,5}$/.test(token.value)) {
      add(waiting.name, token.value);
      waiting = undefined;
      continue;
    }
    settle();
    if (token.kind === 'positional') {
      if (operands === undefined || !values.has(operands))
        throw new UsageError(unexpectedWord(token.value, operands));
      add(operands, token.value);
    } else if (token.kind === 'option') {
      const spec = Object.hasOwn(table, token.name) ? table[token.name] : undefined;
      if (spec === undefined) throw new UsageError(unknownOption(token.rawName, table));
      if (spec.value === undefined) {
        if (token.value !== undefined)
          throw new UsageError(`${token.rawName} takes no value, not ${quote(token.value)}`);
        add(token.name, 'true');
      } else if (spec.otherwise !== undefined && token.value === undefined) {
        if (values.has(token.name)) throw new UsageError(givenTwice(token.rawName));
        waiting = { name: token.name, otherwise: spec.otherwise };
      } else add(token.name, optionValue(token.rawName, token.value, spec, values.has(token.name)));
    }
  }
  settle();
  return {
    one: (name) => values.get(name)?.at(-1),
    many: (name) => values.get(name) ?? [],
    has: (name) => values.has(name),
  };
}

const nodeOptions = (table: OptionTable) =>
  Object.fromEntries(
    Object.entries(table).map(([name, { short, value, otherwise }]) => [
      name,
      {
        type: value === undefined || otherwise !== undefined ? ('boolean' as const) : ('string' as const),
        multiple: true,
        ...(short ? { short } : {}),
      },
    ]),
  );

function optionValue(raw: string, value: string | undefined, spec: OptionSpec, again: boolean): string {
  if (value === undefined || value === '') throw new UsageError(`${raw} needs a value: ${raw} ${spec.value}`);
  if (again && !spec.repeatable) throw new UsageError(givenTwice(raw));
  // `-f --strict`: the next option was taken for the value.
  if (value.length > 1 && value.startsWith('-') && !/^-\d/.test(value)) {
    throw new UsageError(`${raw} needs a value before ${value}: ${raw} ${spec.value}`);
  }
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    const near = nearestName(value, spec.choices);
    throw new UsageError(
      `${raw} must be ${spec.choices.join(' or ')}, not ${quote(value)}${near === undefined ? '' : `; did you mean ${near}?`}`,
    );
  }
  return value;
}

function unknownOption(raw: string, table: OptionTable): string {
  const known = Object.keys(table).map((name) => `--${name}`);
  const near = nearestName(raw, known);
  return `there is no option ${raw}${near === undefined ? '' : `; did you mean ${near}?`}`;
}

const unexpectedWord = (word: string, operands: string | undefined): string =>
  operands === undefined
    ? `unexpected argument ${quote(word)}`
    : `unexpected argument ${quote(word)}; manifests are given with -f: -f ${word}`;

const givenTwice = (raw: string): string => `${raw} is given twice`;

const quote = (text: string): string => JSON.stringify(text);

/** A whole number in a range. @throws {UsageError} */
export function wholeNumber(raw: string, value: string, min: number, max: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max)) {
    throw new UsageError(`${raw} must be a whole number from ${min} to ${max}, not ${quote(value)}`);
  }
  return number;
}

/** `HOST:PORT`, `[::1]:PORT`. @throws {UsageError} */
export function hostPort(raw: string, value: string): { address: string; port: number } {
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([\d.]+)):(\d{1,5})$/.exec(value);
  const port = Number(found?.[3]);
  const address = found?.[1] ?? found?.[2];
  if (address === undefined || isIP(address) !== (found?.[1] === undefined ? 4 : 6) || port > 65_535) {
    throw new UsageError(
      `${raw} must be an IP address and a port, as 127.0.0.1:19000 or [::1]:19000, not ${quote(value)}`,
    );
  }
  return { address, port };
}
