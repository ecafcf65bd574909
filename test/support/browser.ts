/** A real browser, if the machine has one: Chromium, as Debian packs it. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const browserPath = (): string | undefined =>
  [process.env.CHROMIUM_PATH ?? '', ...PLACES].find((path) => path !== '' && existsSync(path));

/** For `test(…, { skip })`: false, or the reason that the reader sees. */
export const noBrowser = (): string | false =>
  browserPath() === undefined ? 'no Chromium (apt-get install chromium, or CHROMIUM_PATH)' : false;

/** A page and what went wrong in it. */
export interface Opened {
  readonly page: Page;
  /** Errors of scripts, and what the security policy stopped. */
  readonly errors: readonly string[];
}

export class TestBrowser {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(): Promise<TestBrowser> {
    // Tests run as root in containers, where Chromium has no sandbox of its own.
    const args = ['--no-sandbox', '--disable-dev-shm-usage'];
    return new TestBrowser(await chromium.launch({ executablePath: browserPath(), args }));
  }

  async open(
    url: string,
    { width = 1300, dark = false }: { readonly width?: number; readonly dark?: boolean } = {},
  ): Promise<Opened> {
    const page = await this.#browser.newPage({
      viewport: { width, height: 1000 },
      colorScheme: dark ? 'dark' : 'light',
    });
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(url);
    return { page, errors };
  }

  stop(): Promise<void> {
    return this.#browser.close();
  }
}
