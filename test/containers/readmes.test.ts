/**
 * The pages of envoy/ as a reader follows them: their `bash` blocks are run in order, and what the following
 * `console` block shows must be printed. (Their `sh` blocks need no Docker and are run with the other pages
 * of documentation.) The addresses are part of what is shown, so this uses the very network of
 * docker-compose.yml, under a project's name and on ports of its own.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { fencedBlocks, missingLine } from '../docs/markdown.ts';
import { containerTest, project, root, skip } from './support/docker.ts';

const env = {
  ...process.env,
  COMPOSE_PROJECT_NAME: project('readme'),
  LOADSTAR_PORT: '0',
  LOADSTAR_ADMIN_PORT: '0',
  LOADSTAR_NATIVE_PORT: '0',
  LOADSTAR_NATIVE_ADMIN_PORT: '0',
};

const bash = (command: string) =>
  spawnSync('bash', ['-c', command], { cwd: root, env, encoding: 'utf8', timeout: 180_000 });

/** The page names the default ports; here the kernel chose. */
function placed(command: string): string {
  let text = command;
  for (const port of [10080, 9901]) {
    if (!text.includes(`127.0.0.1:${port}`)) continue;
    const published = bash(`docker compose port envoy ${port}`).stdout.trim();
    assert.match(published, /^127\.0\.0\.1:\d+$/, `Envoy does not publish ${port}`);
    text = text.replaceAll(`127.0.0.1:${port}`, published);
  }
  return text;
}

function follow(page: string, t: TestContext): void {
  const blocks = fencedBlocks(readFileSync(page, 'utf8'));
  for (const [i, block] of blocks.entries()) {
    if (block.language !== 'bash') continue;
    let printed = '';
    for (const command of block.text.split('\n').filter((line) => line.trim() !== '')) {
      // The next page brings its own configuration to the same backends; the last thing of all is `down`.
      if (command === 'docker compose down') continue;
      const { status, stdout, stderr } = bash(placed(command));
      if (status !== 0 && /Pool overlaps/.test(stderr))
        return void t.skip(
          'NOT RUN: the network of docker-compose.yml, 10.213.77.0/24, is in use on this machine',
        );
      assert.equal(status, 0, `line ${block.line}: ${command}\n${stdout}${stderr}`);
      printed += stdout;
    }
    const shown = blocks[i + 1]?.language === 'console' ? blocks[i + 1]!.text : undefined;
    if (process.env.LOADSTAR_SHOW) console.log(`${page}:${block.line}\n${printed}`);
    if (shown !== undefined)
      assert.equal(
        missingLine(shown, printed),
        undefined,
        `line ${block.line}: not printed. Printed:\n${printed}`,
      );
  }
}

after(() => {
  if (skip === false)
    assert.equal(bash('docker compose --profile native down --volumes --timeout 2').status, 0);
});

for (const folder of readdirSync(join(root, 'envoy')).sort()) {
  const page = join(root, 'envoy', folder, 'README.md');
  if (!existsSync(page) || !readFileSync(page, 'utf8').includes('```bash')) continue;
  containerTest(`envoy/${folder}/README.md does what it says in containers`, async (t) => follow(page, t));
}
