/** The dashboard as an operator sees it: a real browser, a real Envoy, requests on their way. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noBrowser, type Opened } from '../../support/browser.ts';
import { DashboardScene, shop } from '../../support/dashboard-scene.ts';

const skip = noBrowser();
const SLOW = { timeout: 30_000 };
let scene: DashboardScene;
let opened: Opened;

before(async () => {
  if (skip !== false) return;
  scene = await DashboardScene.start(28_610);
  opened = await scene.browser.open(scene.url);
});
after(async () => {
  if (skip === false) await scene.stop();
});

const view = async (name: string) => {
  await opened.page.getByRole('navigation').getByRole('link', { name }).click();
  return opened.page;
};
const openPool = async () => {
  const page = await view('Now');
  const button = page.getByRole('button', { name: 'httproute/default/shop/rule/0' });
  if ((await button.getAttribute('aria-expanded')) !== 'true') await button.click();
  return page;
};

test('pools are listed with what Envoy counts', { skip }, async () => {
  const row = opened.page.getByRole('row', { name: /httproute\/default\/shop\/rule\/0/ });
  await row.getByText('ConsistentHash').waitFor(SLOW);
  await row.getByText('3 of 3').waitFor(SLOW);
  await opened.page
    .locator('.totals dd')
    .getByText(/^[1-9][\d.]*\/s$/)
    .waitFor(SLOW);
});

test('a pool shows each host, its share and what is due', { skip }, async () => {
  const page = await openPool();
  const hosts = page.getByRole('region', { name: 'Hosts' });
  for (const { address, port } of scene.hosts.slice(0, 3))
    await hosts
      .getByRole('row', { name: `${address}:${port}` })
      .getByText('healthy')
      .waitFor(SLOW);
  await page.locator('.chart canvas').first().waitFor(SLOW);
  assert.equal(await page.locator('.pool svg rect.after').count(), 3);
});

test('a host that fails is seen, and comes back', { skip }, async () => {
  const page = await openPool();
  const [host] = scene.hosts;
  const row = page
    .getByRole('region', { name: 'Hosts' })
    .getByRole('row', { name: `${host!.address}:${host!.port}` });
  host!.reply = () => ({ status: 503 });
  await row.getByText('failed_active_hc').first().waitFor(SLOW);
  await page.locator('.totals .bad', { hasText: 'hosts unhealthy' }).waitFor(SLOW);
  assert.equal(await page.locator('.pool svg rect.sick').count(), 1);
  host!.reply = () => ({});
  await row.getByText('healthy', { exact: true }).waitFor(SLOW);
});

test('a change of a file is in the timeline: what, from where, who has it, which keys moved', {
  skip,
}, async () => {
  const page = await view('Changes');
  await scene.run.change(shop(scene.port, scene.hosts));
  const added = `${scene.hosts[3]!.address}:${scene.hosts[3]!.port}`;
  const change = page.locator('.changes > li').first();
  await change.getByText(`+${added}`).first().waitFor(SLOW);
  await change.getByText(/acknowledged after \d+ ms/).waitFor(SLOW);
  await change.getByText('EndpointSlice default/backend-1').waitFor(SLOW);
  await change.getByText(/all\.yaml:\d+$/).waitFor(SLOW);
  await change.getByRole('button', { name: /Which keys/ }).click();
  await change.getByText(/% of the keys move; .* % is the least possible/).waitFor(SLOW);
  await change.getByText(/What was seen of it cannot be told: ask again in \d+ s/).waitFor(SLOW);
});

test('a change that is refused says why', { skip }, async () => {
  const page = await view('Changes');
  await scene.run.change('kind: [', /what Envoy has stays/);
  await page.locator('.changes > li.bad').first().getByText('what Envoy has stays').waitFor(SLOW);
  await scene.run.change(shop(scene.port, scene.hosts), /good again|acknowledged/);
});

for (const [user, how] of [
  ['user-7', 'url'],
  ['user-8', 'curl'],
] as const) {
  test(`a question by ${how} names the host that the request really gets`, { skip }, async () => {
    const page = await view('Ask');
    const url = `http://www.example.com:${scene.port}/cart`;
    await page
      .getByLabel('A URL, or a line of curl')
      .fill(how === 'url' ? url : `curl -sH 'X-User: ${user}' ${url}`);
    await page.getByLabel(/Headers/).fill(how === 'url' ? `X-User: ${user}` : '');
    await page.getByRole('button', { name: 'Explain' }).click();
    const told = await page.locator('[data-host]').textContent(SLOW);
    await page.locator('#answer svg .mark').waitFor(SLOW);
    await page.locator('#answer svg').getByText(`${told} (of the key): `).waitFor(SLOW);
    const name = await scene.send(user);
    const host = scene.hosts.find((one) => one.name === name);
    assert.equal(told, `${host!.address}:${host!.port}`);
    await page.reload();
  });
}

test('a question that cannot be answered says what to do', { skip }, async () => {
  const page = await view('Ask');
  await page.getByLabel('A URL, or a line of curl').fill('curl --wobble http://a');
  await page.getByRole('button', { name: 'Explain' }).click();
  await page.getByText('--wobble is not understood here').waitFor(SLOW);
});

test('what each host sends is shown: how Envoy alone reads it, and what is refused and why', {
  skip,
}, async () => {
  const page = await view('Load reports');
  const [good, bad] = scene.hosts;
  good!.reply = () => ({ headers: [['endpoint-load-metrics', 'TEXT cpu=0.25']] });
  bad!.reply = () => ({ headers: [['endpoint-load-metrics', 'TEXT cpu=often']] });
  const load = setInterval(() => void scene.send('any', '/load').catch(() => {}), 100);
  try {
    const rows = page.getByRole('region', { name: 'Load reports of hosts' });
    const row = (host: typeof good) =>
      rows.getByRole('row', { name: `${host!.address}:${host!.port}` }).first();
    await row(good).getByText('TEXT cpu=0.25').waitFor(SLOW);
    await row(good).getByText('refuses all of it: unsupported metric name: cpu').waitFor(SLOW);
    await row(good).getByText('repaired', { exact: true }).waitFor(SLOW);
    await row(bad).getByText('refused: a value is not a number').waitFor(SLOW);
    await row(bad).getByRole('button', { name: 'How is it read?' }).click();
    await row(bad).getByText('nothing: the report is removed').waitFor(SLOW);
    await page.getByText(/^refused, number: \d+$/).waitFor(SLOW);
  } finally {
    clearInterval(load);
    for (const host of [good, bad]) host!.reply = () => ({});
  }
});

test('a load report of one’s own is read as the filter reads it', { skip }, async () => {
  const page = await view('Load reports');
  await page.getByRole('button', { name: 'Read', exact: true }).click();
  await page.getByText('refuses all of it: unsupported metric name: cpu').waitFor(SLOW);
  await page.getByText('repaired: written anew as Envoy reads it').waitFor(SLOW);
  await page.getByText(/^endpoint-load-metrics: TEXT cpu_utilization/).waitFor(SLOW);
});

test('no script failed, and nothing was stopped by the security policy', { skip }, () => {
  assert.deepEqual(opened.errors, []);
});
