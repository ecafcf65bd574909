/** What finding an Envoy needs to know of the machine and do on it; tests give a machine of their own. */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';

export interface Machine {
  /** As process.platform and process.arch. */
  readonly platform: string;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  isExecutable(path: string): boolean;
  /** Runs a program to its end. Never throws: a program that is missing has code 127. */
  run(command: string, args: readonly string[]): Promise<Finished>;
}
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const thisMachine = (): Machine => ({
  platform: process.platform,
  arch: process.arch,
  env: process.env,
  isExecutable(path) {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  },
  run: (command, args) =>
    new Promise((done) => {
      const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.on('error', (error) => done({ code: 127, stdout, stderr: error.message }));
      child.on('close', (code, signal) =>
        done({ code: code ?? 1, stdout, stderr: stderr || (signal ?? '') }),
      );
    }),
});
