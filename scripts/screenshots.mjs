// The pictures of the dashboard in docs/: starts the demo with its page, looks at it with Chromium, and ends.
//   node --import tsx scripts/screenshots.mjs [FOLDER]      default: docs/dashboard
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { browserPath, noBrowser } from '../test/support/browser.ts';
import { root } from './build.mjs';

const folder = resolve(process.argv[2] ?? join(root, 'docs/dashboard'));
const executablePath = browserPath();
if (executablePath === undefined) throw new Error(noBrowser());
/** So long lines become. */
const WARM_MS = 60_000;

const demo = spawn(process.execPath, ['--import', 'tsx', 'demo/main.ts', '--dashboard'], { cwd: root });
const url = await new Promise((done, fail) => {
  let said = '';
  demo.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
    const found = /dashboard\s+(http:\S+)/.exec(said)?.[1];
    if (found !== undefined) done(found);
  });
  demo.on('exit', () => fail(new Error(`the demo ended: ${said}`)));
});
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  mkdirSync(folder, { recursive: true });
  const [light, dark, narrow] = await Promise.all([
    open({ width: 1280, height: 900 }, 'light'),
    open({ width: 1280, height: 900 }, 'dark'),
    open({ width: 400, height: 800 }, 'light'),
  ]);
  await light.waitForTimeout(WARM_MS);
  await light.screenshot({ path: join(folder, 'light.png'), fullPage: true });
  await dark.screenshot({ path: join(folder, 'dark.png'), fullPage: true });
  await narrow.screenshot({ path: join(folder, 'narrow.png') });
  await light.getByRole('link', { name: 'Ask' }).click();
  await light
    .getByLabel('A URL, or a line of curl')
    .fill("curl -H 'Cookie: FooBar=abc' http://www.example.com/cookie");
  await light.getByRole('button', { name: 'Explain' }).click();
  await light.locator('[data-host]').waitFor();
  await light.screenshot({ path: join(folder, 'ask.png'), fullPage: true });
} finally {
  await browser.close();
  demo.kill('SIGINT');
}

/** With the pool of the utilization policy open. */
async function open(viewport, colorScheme) {
  const page = await browser.newPage({ viewport, colorScheme });
  await page.goto(url);
  await page.getByRole('button', { name: 'backend-utilization-route' }).click();
  return page;
}
