/** `loadstar run` as a user starts it, on a folder that the test writes into. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admin } from './admin.ts';
import { eventually } from './eventually.ts';
import { type Manifest, render } from './manifests.ts';
import { cliPath } from './translate.ts';

export class LiveRun {
  readonly folder: string;
  readonly child: ChildProcess;
  admin!: Admin;
  out = '';
  err = '';
  readonly ended: Promise<number | null>;

  private constructor(folder: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.folder = folder;
    const workers = args.includes('--concurrency') ? [] : ['--concurrency', '2'];
    const input = ['run', '-f', folder, '--admin', '127.0.0.1:0', ...workers, ...args];
    this.child = spawn(process.execPath, [cliPath(), ...input], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
    this.ended = new Promise((done) => this.child.on('close', (code) => done(code)));
  }

  /** Resolves when its Envoy serves. */
  static async start(
    manifests: readonly Manifest[],
    args: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
  ): Promise<LiveRun> {
    const folder = mkdtempSync(join(tmpdir(), 'loadstar-live-'));
    writeFileSync(join(folder, 'all.yaml'), render(manifests));
    const run = new LiveRun(folder, args, env);
    try {
      await eventually('it runs', () => {
        if (run.child.exitCode !== null) throw new Error(`it ended: ${run.err}`);
        const port = /^admin +http:\/\/127\.0\.0\.1:(\d+)/m.exec(run.out)?.[1];
        if (port === undefined || !run.out.includes('Ctrl-C')) throw new Error(run.err);
        run.admin = new Admin(Number(port));
      });
    } catch (error) {
      await run.stop();
      throw error;
    }
    return run;
  }

  /** Of its Envoy. */
  get envoyPid(): number {
    return Number(/pid (\d+)/.exec(this.out)?.[1]);
  }

  /** Replaces the manifests in one step, as `kubectl` and editors do. */
  write(manifests: readonly Manifest[] | string, file = 'all.yaml'): void {
    const path = join(this.folder, file);
    writeFileSync(`${path}.tmp`, typeof manifests === 'string' ? manifests : render(manifests));
    renameSync(`${path}.tmp`, path);
  }

  /** Writes, and waits for the line that it makes. @returns that line. */
  async change(manifests: readonly Manifest[] | string, line = /acknowledged after \d+ ms/): Promise<string> {
    const [from, fromErr] = [this.out.length, this.err.length];
    this.write(manifests);
    return await eventually(
      `a line with ${line}`,
      () => {
        const text = `${this.out.slice(from)}${this.err.slice(fromErr)}`;
        const found = text.split('\n').find((each) => line.test(each));
        if (found === undefined) throw new Error(text || 'nothing was said');
        return found;
      },
      60_000,
      5,
    );
  }

  /** Ctrl-C. */
  async stop(): Promise<number | null> {
    this.child.kill('SIGINT');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 15_000);
    const code = await this.ended;
    clearTimeout(timer);
    rmSync(this.folder, { recursive: true, force: true });
    return code;
  }
}
