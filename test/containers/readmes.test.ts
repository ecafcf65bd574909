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
import { containerTest, nodeForGlibc, project, root, skip } from './support/docker.ts';

const env = {
  ...process.env,
  COMPOSE_PROJECT_NAME: project('readme'),
  LOADSTAR_NODE_GLIBC_IMAGE: skip === false ? nodeForGlibc() : '',
  LOADSTAR_PORT: '0',
  LOADSTAR_ADMIN_PORT: '0',
  LOADSTAR_NATIVE_PORT: '0',
  LOADSTAR_NATIVE_ADMIN_PORT: '0',
};

const bash = (command: string) =>
  spawnSync('bash', ['-c', command], {
    cwd: root,
    env: OWN.test(command) ? { ...env, COMPOSE_PROJECT_NAME: project('readme-own') } : env,
    encoding: 'utf8',
    timeout: 180_000,
  });
/** An example with a compose file of its own names it in each command. */
const OWN = /docker compose -f (envoy\/\S+)/;

/** The page names the default ports; here the kernel chose. */
function placed(command: string, file: string | undefined): string {
  const compose = `docker compose${file === undefined ? '' : ` -f ${file}`}`;
  let text = command;
  for (const port of [10080, 9901]) {
    if (!text.includes(`127.0.0.1:${port}`)) continue;
    const published = bash(`${compose} port envoy ${port}`).stdout.trim();
    assert.match(published, /^127\.0\.0\.1:\d+$/, `Envoy does not publish ${port}`);
    text = text.replaceAll(`127.0.0.1:${port}`, published);
  }
  return text;
}

function follow(page: string, t: TestContext): void {
  const text = readFileSync(page, 'utf8');
  const own = OWN.exec(text)?.[1];
  const blocks = fencedBlocks(text);
  for (const [i, block] of blocks.entries()) {
    if (block.language !== 'bash') continue;
    let printed = '';
    for (const command of block.text.split('\n').filter((line) => line.trim() !== '')) {
      // The next page brings its own configuration to the same backends; the last thing of all is `down`.
      if (/^docker compose (-f \S+ )?down$/.test(command)) continue;
      const { status, stdout, stderr } = bash(placed(command, own));
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

const pages = readdirSync(join(root, 'envoy'))
  .sort()
  .map((folder) => ({ folder, page: join(root, 'envoy', folder, 'README.md') }))
  .filter(({ page }) => existsSync(page) && readFileSync(page, 'utf8').includes('```bash'));

after(() => {
  if (skip !== false) return;
  assert.equal(bash('docker compose --profile native down --volumes --timeout 2').status, 0);
  for (const { page } of pages) {
    const own = OWN.exec(readFileSync(page, 'utf8'))?.[0];
    if (own !== undefined) assert.equal(bash(`${own} down --rmi local --volumes --timeout 2`).status, 0);
  }
});

for (const { folder, page } of pages)
  containerTest(`envoy/${folder}/README.md does what it says in containers`, async (t) => follow(page, t));
