/**
 * The page for everybody: screen readers, the keyboard, narrow screens, dark, and when Loadstar is gone.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { noBrowser } from '../../support/browser.ts';
import { DashboardScene } from '../../support/dashboard-scene.ts';

const skip = noBrowser();
const SLOW = { timeout: 30_000 };
const POOL = 'httproute/default/shop/rule/0';
let scene: DashboardScene;
before(async () => {
  if (skip === false) scene = await DashboardScene.start(28_620);
});
after(async () => {
  if (skip === false) await scene.stop();
});

const axe = () => readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What axe finds, as `rule: element`. It is run from outside, where the page's security policy does not hold.
 */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe());
  const found = (await page.evaluate('axe.run()')) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

for (const dark of [false, true]) {
  test(`axe finds nothing in any view${dark ? ', in the dark' : ''}`, { skip }, async () => {
    const { page } = await scene.browser.open(scene.url, { dark });
    await page.getByRole('button', { name: POOL }).click(SLOW);
    await page.locator('.chart canvas').first().waitFor(SLOW);
    assert.deepEqual(await findings(page), []);
    for (const view of ['Changes', 'Ask', 'Load reports']) {
      await page.getByRole('link', { name: view }).click();
      assert.deepEqual(await findings(page), [], view);
    }
    await page.close();
  });
}

test('on a narrow screen nothing is wider than the screen', { skip }, async () => {
  const { page } = await scene.browser.open(scene.url, { width: 380 });
  await page.getByRole('button', { name: POOL }).click(SLOW);
  await page.locator('.chart canvas').first().waitFor(SLOW);
  const width = async () => Number(await page.evaluate('document.documentElement.scrollWidth'));
  assert.ok((await width()) <= 380);
  await page.getByRole('link', { name: 'Load reports' }).click();
  await page.getByLabel('A response header').waitFor(SLOW);
  assert.ok((await width()) <= 380);
  await page.close();
});

test('on a screen of 1280 no table is cut off', { skip }, async () => {
  const { page } = await scene.browser.open(scene.url, { width: 1280 });
  await page.getByRole('button', { name: POOL }).click(SLOW);
  await page.getByRole('region', { name: 'Hosts' }).waitFor(SLOW);
  const cut =
    "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth).length";
  assert.equal(await page.evaluate(cut), 0);
  await page.close();
});

test('by keyboard alone: a pool is opened and a question is asked', { skip }, async () => {
  const { page } = await scene.browser.open(scene.url);
  const pool = page.getByRole('button', { name: POOL });
  await pool.waitFor(SLOW);
  await pool.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: POOL }).waitFor(SLOW);
  await page.getByRole('link', { name: 'Ask' }).focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('A URL, or a line of curl').focus();
  await page.keyboard.type(`www.example.com:${scene.port}/nowhere`);
  for (let i = 0; i < 5; i++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Envoy answers 404').waitFor(SLOW);
  await page.close();
});

test('what is shown is in the address: it is the same when it is loaded again', { skip }, async () => {
  const { page } = await scene.browser.open(scene.url);
  await page.getByRole('button', { name: POOL }).click(SLOW);
  await page.reload();
  await page.getByRole('heading', { name: POOL }).waitFor(SLOW);
  await page.close();
});

test('when Loadstar is gone, the page says so, and since when', { skip }, async () => {
  const { page } = await scene.browser.open(scene.url);
  await page.getByRole('status').getByText('live').waitFor(SLOW);
  await scene.run.stop();
  await page
    .getByRole('status')
    .getByText(/Loadstar is gone, last seen \d+ s ago/)
    .waitFor(SLOW);
  await page.close();
});
