#!/usr/bin/env node
/** The program: the only place that knows the process. Its streams, its signals and its exit code. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cli } from './cli/cli.ts';
import { EXIT } from './run/errors.ts';

const home = dirname(fileURLToPath(import.meta.url));

/** Ctrl-C, a request to end by another program, a closed terminal. */
const STOPS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

// `loadstar … | head`: the reader closed the pipe, which is not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    if (stream === process.stdout)
      process.stderr.write(`loadstar: cannot write the output: ${error.message}\n`);
    process.exit(EXIT.failed);
  });
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function version(): string {
  try {
    return (JSON.parse(readFileSync(join(home, '..', 'package.json'), 'utf8')) as { version: string })
      .version;
  } catch {
    return 'of unknown version';
  }
}

// exitCode, not exit(): output to a pipe may not be written yet.
process.exitCode = await cli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  stdin: readStdin,
  env: process.env,
  terminal: process.stderr.isTTY === true,
  color: process.stderr.isTTY === true && !process.env.NO_COLOR,
  home,
  version: version(),
  onStop(callback) {
    for (const signal of STOPS) process.on(signal, callback);
    return () => {
      for (const signal of STOPS) process.off(signal, callback);
    };
  },
});
// A command that was stopped may have left it waiting.
process.stdin.destroy();
