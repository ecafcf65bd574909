/** Command lines of the programs in test/: all options are texts. */
import { parseArgs } from 'node:util';

/** The values; prints `usage` and ends with 2 (with 0 for --help) where they cannot be read. */
export function options<Name extends string>(
  known: Readonly<Record<Name, { readonly type: 'string'; readonly default?: string }>>,
  usage: string,
): Partial<Record<Name, string>> {
  if (process.argv.includes('--help')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs({ options: known }).values as Partial<Record<Name, string>>;
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}
