/**
 * argv → exit code. All errors are handled here. Wrong usage: a suggestion. A failure outside the program:
 * one message. Anything else is a bug of ours, and the message says so. Nothing here ends the process.
 */
import { nearestName } from '../diagnostics/nearest.ts';
import { EXIT, RunError, reasonOf, UsageError } from '../run/errors.ts';
import { parseOptions } from './args.ts';
import type { Command } from './command.ts';
import { commands } from './commands/index.ts';
import { renderCommandHelp, renderHelp } from './help.ts';
import type { Io } from './io.ts';
import { helpOption } from './options.ts';

/** @param argv What follows the program's name. */
export async function cli(argv: readonly string[], io: Io): Promise<number> {
  const [first, ...rest] = argv;
  let command: Command | undefined;
  try {
    if (first === undefined) {
      io.stderr(renderHelp(commands));
      return EXIT.usage;
    }
    if (first === '--version' || first === '-v') {
      io.stdout(`loadstar ${io.version}\n`);
      return EXIT.good;
    }
    if (first === '--help' || first === '-h' || first === 'help') return help(rest, io);
    command = find(first);
    const options = { ...command.options, ...helpOption };
    // `--help` anywhere prints help, even if the rest of the command line is wrong.
    if (rest.some((word) => word === '--help' || word === '-h')) {
      io.stdout(renderCommandHelp(command, options));
      return EXIT.good;
    }
    return await command.run(parseOptions(rest, options, command.operands), io);
  } catch (error) {
    if (error instanceof UsageError) {
      const more = command === undefined ? 'loadstar --help' : `loadstar ${command.name} --help`;
      io.stderr(`loadstar: ${error.message}\nSee ${more}\n`);
      return EXIT.usage;
    }
    if (error instanceof RunError) {
      io.stderr(`loadstar: ${error.message}\n`);
      return EXIT.failed;
    }
    const detail = io.env.LOADSTAR_DEBUG && error instanceof Error ? `\n${error.stack}` : '';
    io.stderr(
      `loadstar: ${reasonOf(error)} (this is a bug in loadstar ${io.version}; LOADSTAR_DEBUG=1 shows where)${detail}\n`,
    );
    return EXIT.failed;
  }
}

function help([name]: readonly string[], io: Io): number {
  if (name === undefined) io.stdout(renderHelp(commands));
  else {
    const command = find(name);
    io.stdout(renderCommandHelp(command, { ...command.options, ...helpOption }));
  }
  return EXIT.good;
}

function find(name: string): Command {
  const command = commands.find((one) => one.name === name);
  if (command !== undefined) return command;
  const near = nearestName(
    name,
    commands.map((one) => one.name),
  );
  throw new UsageError(
    `there is no command ${JSON.stringify(name)}${near === undefined ? '' : `; did you mean ${near}?`}`,
  );
}
