/**
 * Every command and every YAML in README.md, docs/ and the example READMEs is run as a reader would run it:
 * in an empty folder that holds the page's own files, with the CLI that ships. Where a console block follows,
 * its lines must be printed.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Block, commandsOf, fencedBlocks, fileOf, missingLine } from './markdown.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const cli = join(root, 'dist/loadstar.mjs');

function* pages(folder: string): Generator<string> {
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* pages(path);
    else if (name.endsWith('.md')) yield path;
  }
}

/**
 * Commands that other tests run as a whole (setup, demo, test, bench, containers): here only that they exist.
 */
function existsElsewhere(command: string): boolean | undefined {
  const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts as Record<
    string,
    string
  >;
  const npm = /^npm (?:run )?([\w:-]+)/.exec(command);
  if (npm) return npm[1] !== undefined && npm[1] in scripts;
  if (/^(git clone|cd|docker|kubectl|pip|\.\/|export)\b/.test(command)) return true;
  return undefined;
}

interface Session {
  readonly folder: string;
  running: ChildProcess[];
  /** What those have printed. */
  heard: string;
}

const shell = (command: string, session: Session) =>
  spawnSync('bash', ['-c', `loadstar() { "${process.execPath}" "${cli}" "$@"; }; ${command}`], {
    cwd: session.folder,
    encoding: 'utf8',
    timeout: 120_000,
  });

/** `loadstar run … &` or `serve`: start it and wait until it says where it listens. */
async function startInBackground(command: string, session: Session): Promise<string> {
  const child = spawn(
    'bash',
    ['-c', `exec "${process.execPath}" "${cli}" ${command.replace(/^loadstar\s+/, '').replace(/&\s*$/, '')}`],
    {
      cwd: session.folder,
    },
  );
  session.running.push(child);
  let printed = '';
  return await new Promise((done, fail) => {
    const hear = (chunk: Buffer) => {
      printed += chunk;
      session.heard += chunk;
      if (/Ctrl-C/.test(printed)) done(printed);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', (code) => fail(new Error(`${command}: ended with ${code}: ${printed}`)));
  });
}

async function runBlock(
  block: Block,
  shown: string | undefined,
  session: Session,
  where: string,
): Promise<void> {
  let printed = '';
  const heardBefore = session.heard.length;
  for (const line of commandsOf(block)) {
    const [, command = '', , code = '0'] = /^(.*?)(\s+#\s*exit (\d+))?$/.exec(line)!;
    const elsewhere = existsElsewhere(command);
    if (elsewhere !== undefined) {
      assert.ok(elsewhere, `${where}: no such script: ${command}`);
      shown = undefined;
      continue;
    }
    if (/^loadstar (run|serve)\b.*&$/.test(command)) {
      printed += await startInBackground(command, session);
      continue;
    }
    const result = shell(command.replace(/^node dist\/loadstar\.mjs\b/, 'loadstar'), session);
    printed += result.stdout + result.stderr;
    assert.equal(String(result.status), code, `${where}: ${command}\n${result.stdout}${result.stderr}`);
  }
  const lacks = () => {
    const heard = session.heard.slice(heardBefore);
    return shown === undefined
      ? undefined
      : missingLine(shown, printed) && missingLine(shown, printed + heard);
  };
  // What runs in the background answers to a command when it can.
  for (let i = 0; i < 200 && session.running.length > 0 && lacks() !== undefined; i++) await sleep(100);
  const missing = lacks();
  assert.equal(
    missing,
    undefined,
    `${where}: the page shows a line that is not printed. Printed:\n${printed}${session.heard.slice(heardBefore)}`,
  );
}

async function runPage(path: string): Promise<void> {
  const session: Session = { folder: mkdtempSync(join(tmpdir(), 'loadstar-docs-')), running: [], heard: '' };
  cpSync(join(root, 'envoy'), join(session.folder, 'envoy'), { recursive: true });
  mkdirSync(join(session.folder, 'dist'));
  for (const file of ['loadstar.mjs', 'loadstar.wasm', 'loadstar-pick.wasm', 'loadstar-report.wasm'])
    cpSync(join(root, 'dist', file), join(session.folder, 'dist', file));
  try {
    const blocks = fencedBlocks(readFileSync(path, 'utf8'));
    for (const [index, block] of blocks.entries()) {
      const where = `${relative(root, path)}:${block.line}`;
      const file = fileOf(block);
      if (block.language === 'yaml' && file) {
        mkdirSync(dirname(join(session.folder, file)), { recursive: true });
        writeFileSync(join(session.folder, file), `${block.text}\n`);
      } else if (block.language === 'yaml') {
        assert.fail(`${where}: a YAML block must name its file in a first line like "# shop.yaml"`);
      } else if (block.language === 'sh') {
        const next = blocks[index + 1];
        await runBlock(block, next?.language === 'console' ? next.text : undefined, session, where);
      }
    }
  } finally {
    for (const child of session.running) {
      child.removeAllListeners('exit');
      // One that has already ended (its port is in use) has printed why.
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGINT');
      await ended;
    }
    rmSync(session.folder, { recursive: true, force: true });
  }
}

for (const path of [join(root, 'README.md'), ...pages(join(root, 'docs')), ...pages(join(root, 'envoy'))]) {
  if (!existsSync(path)) continue;
  test(`${relative(root, path)} does what it says`, (t) => {
    // A page that makes a certificate does it as most readers do.
    const lacks = /^openssl /m.test(readFileSync(path, 'utf8')) && spawnSync('openssl', ['version']).error;
    return lacks ? t.skip('openssl is not installed') : runPage(path);
  });
}

test('a shown line that is not printed is found', () => {
  assert.equal(missingLine('a  b\n…\nc … d', 'x\na b\ny\nc 1 2 d\n'), undefined);
  assert.equal(missingLine('a\nb', 'b\na\n'), 'b');
});
