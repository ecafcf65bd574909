/** Help texts, made from the commands' data: what is printed is what is parsed. */
import type { OptionTable } from './args.ts';
import type { Command } from './command.ts';

export function renderHelp(commands: readonly Command[]): string {
  return `loadstar: Envoy Gateway's load-balancing API for any Envoy, no Kubernetes

Usage: loadstar COMMAND [OPTIONS]

Commands:
${columns(commands.map(({ name, summary }) => [name, summary]))}

  loadstar COMMAND --help   options and examples of a command
  loadstar --version        the version

Exit codes: 0 good, 1 the input is refused, 2 wrong usage, 3 a run-time failure.
`;
}

export function renderCommandHelp(command: Command, options: OptionTable): string {
  const rows = Object.entries(options).map(([name, { short, value, help }]) => {
    const long = `--${name}${value === undefined ? '' : ` ${value}`}`;
    return [short === undefined ? `    ${long}` : `-${short}, ${long}`, help] as const;
  });
  return `loadstar ${command.name}: ${command.summary}

Usage: loadstar ${command.name} ${command.usage}

${command.description.join('\n\n')}

Options:
${columns(rows)}

Examples:
${command.examples.map((line) => `  ${line}`).join('\n')}
`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`).join('\n');
}
