/** What a command is: data for the help text, and a function from options to an exit code. */
import type { Args, OptionTable } from './args.ts';
import type { Io } from './io.ts';

export interface Command {
  readonly name: string;
  /** One line, in the list of commands. */
  readonly summary: string;
  /** What follows the command's name in its usage line. */
  readonly usage: string;
  /** Paragraphs of its help. */
  readonly description: readonly string[];
  readonly options: OptionTable;
  /** The option that collects arguments without an option, once it was given. */
  readonly operands?: string;
  readonly examples: readonly string[];
  run(args: Args, io: Io): Promise<number>;
}
