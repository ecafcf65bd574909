/** The demo as a user runs it: to its end, and interrupted. In both cases it leaves nothing running. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';

const main = fileURLToPath(new URL('../../demo/main.ts', import.meta.url));

interface Demo {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output(): string;
}

function start(...args: string[]): Demo {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const ended = new Promise<number | null>((done) => child.on('close', (code) => done(code)));
  return { child, ended, output: () => text };
}

/** Process ids below `parent`, by /proc; empty where there is none. */
function descendants(parent: number): number[] {
  if (!existsSync('/proc/self/stat')) return [];
  const parents = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // pid (command) state ppid …; the command may hold spaces and parentheses.
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      return [[Number(name), Number(fields[1])] as const];
    } catch {
      return [];
    }
  });
  const below = (of: number): number[] =>
    parents.flatMap(([pid, ppid]) => (ppid === of ? [pid, ...below(pid)] : []));
  return below(parent);
}
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('over HTTPS: every promise holds, exit 0', async () => {
  const demo = start('--https');
  const code = await demo.ended;
  assert.equal(code, 0, demo.output());
  assert.match(demo.output(), /^gateway: https:/m);
  assert.match(demo.output(), /^every promise of the documents holds/m);
});

test('to its end: every promise holds, exit 0', async () => {
  const demo = start();
  const code = await demo.ended;
  assert.equal(code, 0, demo.output());
  for (const line of [
    /^\/round {2}RoundRobin$/m,
    /^ {2}set-cookie: FooBar="[0-9a-f]{16}"; Max-Age=60; SameSite=Strict; HttpOnly$/m,
    /^ {2}holds {4}0 of 200 differ$/m,
    /^every promise of the documents holds/m,
  ]) {
    assert.match(demo.output(), line);
  }
  assert.ok(!demo.output().includes('BROKEN'));
  assert.ok(!demo.output().includes('\u001b'), 'no colour in a pipe');
});

test('Ctrl-C in the middle: exit 130, and no process stays', async () => {
  const demo = start('--keep');
  await eventually('the first policy is shown', () => assert.match(demo.output(), /\/round/), 120_000);
  const children = descendants(demo.child.pid!);
  if (existsSync('/proc/self/stat')) assert.ok(children.length >= 2, 'two Envoys run');
  demo.child.kill('SIGINT');
  assert.equal(await demo.ended, 130, demo.output());
  await eventually('all are gone', () => assert.deepEqual(children.filter(alive), []));
});

test('a wrong argument: usage, exit 2', async () => {
  const demo = start('--kept');
  assert.equal(await demo.ended, 2);
  assert.match(demo.output(), /^usage: npm run demo/);
});
