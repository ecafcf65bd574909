// The pictures of the dashboard in docs/: starts the demo with its page, and then a pool of 200 hosts, looks
// at them with Chromium, and ends. Of the 200 hosts it also says how smooth their lines are.
//   node --import tsx scripts/screenshots.mjs [FOLDER]      default: docs/dashboard
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { browserPath, noBrowser } from '../test/support/browser.ts';
import { manyHosts } from '../test/support/many-hosts.ts';
import { root } from './build.mjs';
import { smallPng } from './small-png.mjs';

const folder = resolve(process.argv[2] ?? join(root, 'docs/dashboard'));
const executablePath = browserPath();
if (executablePath === undefined) throw new Error(noBrowser());
/** So long lines become. */
const WARM_MS = 60_000;
const MANY = 200;

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  await theDemo();
  await aLargePool();
} finally {
  await browser.close();
}

async function theDemo() {
  const demo = spawn(process.execPath, ['--import', 'tsx', 'demo/main.ts', '--dashboard'], { cwd: root });
  try {
    const url = await new Promise((done, fail) => {
      let said = '';
      demo.stdout.setEncoding('utf8').on('data', (text) => {
        said += text;
        const found = /dashboard\s+(http:\S+)/.exec(said)?.[1];
        if (found !== undefined) done(found);
      });
      demo.on('exit', () => fail(new Error(`the demo ended: ${said}`)));
    });
    const pool = 'backend-utilization-route';
    const light = await open(url, pool, { width: 1280, height: 900 });
    const dark = await open(url, pool, { width: 1280, height: 900 }, 'dark');
    const narrow = await open(url, pool, { width: 400, height: 800 });
    await light.waitForTimeout(WARM_MS);
    await save(light, 'light', { fullPage: true });
    await save(dark, 'dark', { fullPage: true });
    await save(narrow, 'narrow');
    await light.getByRole('link', { name: 'Ask' }).click();
    await light
      .getByLabel('A URL, or a line of curl')
      .fill("curl -H 'Cookie: FooBar=abc' http://www.example.com/cookie");
    await light.getByRole('button', { name: 'Explain' }).click();
    await light.locator('[data-host]').waitFor();
    await save(light, 'ask');
    await light.getByRole('link', { name: 'Load reports' }).click();
    await light.getByRole('button', { name: 'How is it read?' }).nth(2).waitFor();
    await light.getByRole('button', { name: 'How is it read?' }).first().click();
    await light.getByText('Envoy then gets').waitFor();
    await save(light, 'reports');
  } finally {
    demo.kill('SIGINT');
  }
}

async function aLargePool() {
  const many = await manyHosts(MANY);
  try {
    const page = await open(many.url, 'many', { width: 1280, height: 900 });
    await page.waitForTimeout(WARM_MS);
    await save(page, 'many');
    const { longest, frames, blocked } = await page.evaluate(smoothness, 10_000);
    console.log(
      `${MANY} hosts: ${frames} frames in 10 s, the longest after ${longest.toFixed(0)} ms; scripts blocked the page for ${blocked.toFixed(0)} ms in all`,
    );
  } finally {
    await many.stop();
  }
}

/** Runs in the page. */
async function smoothness(ms) {
  let blocked = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) blocked += duration;
  });
  observer.observe({ type: 'longtask' });
  const began = performance.now();
  let [last, longest, frames] = [began, 0, 0];
  while (last - began < ms) {
    const at = await new Promise((done) => requestAnimationFrame(() => done(performance.now())));
    longest = Math.max(longest, at - last);
    last = at;
    frames++;
  }
  observer.disconnect();
  return { longest, frames, blocked };
}

/** With a pool open. */
async function open(url, pool, viewport, colorScheme = 'light') {
  const page = await browser.newPage({ viewport, colorScheme });
  await page.goto(url);
  await page.getByRole('button', { name: pool }).click();
  await page.getByRole('heading', { name: pool }).scrollIntoViewIfNeeded();
  return page;
}

async function save(page, name, options = {}) {
  const png = smallPng(await page.screenshot(options));
  writeFileSync(join(folder, `${name}.png`), png);
  console.log(`${name}.png ${Math.ceil(png.length / 1000)} kB`);
}
