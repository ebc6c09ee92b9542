/// <reference lib="dom" />
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

/** Where pictures of the pages are left: `cnn-wide.png`, `cnn-narrow.png`, `cnn-dark.png`. */
export const SCREENSHOTS = join(__dirname, '../../tmp/screenshots');
const AXE = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');
const NOTES = join(__dirname, '../../../node_modules/.cache/quartet/test-env.json');
/** A busy machine takes its time. */
const PATIENCE_MS = 120_000;
const SIZES = { wide: { width: 1360, height: 900 }, narrow: { width: 390, height: 844 } };

interface BrowserNote {
  executable: string;
  libraries: string;
  fontConfig: string;
  problem?: string;
}

/** Starts the browser that the set-up fetched. @param more of its arguments @throws Error with the reason if there is none. */
export async function launch(more: readonly string[] = []): Promise<{ browser: Browser; close: () => Promise<void> }> {
  const { browser: note } = JSON.parse(readFileSync(NOTES, 'utf8')) as { browser?: BrowserNote };
  if (!note || note.problem) throw new Error(`There is no browser for these tests: ${note?.problem ?? 'run `npm run setup -- --test`'}`);
  const home = mkdtempSync(join(tmpdir(), 'quartet-browser-'));
  mkdirSync(SCREENSHOTS, { recursive: true });
  const browser = await chromium.launch({
    executablePath: note.executable,
    // Root, as in a container, has no sandbox; only the console's own pages are opened.
    args: ['--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-dev-shm-usage', '--headless=shell', ...more],
    env: { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'en_US.UTF-8', LD_LIBRARY_PATH: note.libraries, FONTCONFIG_FILE: note.fontConfig },
    timeout: PATIENCE_MS,
  });
  return {
    browser,
    close: async () => {
      await browser.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export interface Opened {
  page: Page;
  /** What went wrong in the page: errors of its scripts, and what its security policy refused. */
  problems: string[];
}

/** Opens the console in a context of its own: no storage is shared. @param trusting takes any certificate, as of a test's own authority */
export async function open(browser: Browser, url: string, trusting = false): Promise<Opened> {
  const context = await browser.newContext({ viewport: SIZES.wide, colorScheme: 'light', locale: 'en-GB', acceptDownloads: true, ignoreHTTPSErrors: trusting });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.addInitScript(() => document.addEventListener('securitypolicyviolation', ({ effectiveDirective, sourceFile, lineNumber, columnNumber, sample }) => console.error('Refused to apply', effectiveDirective, sourceFile, lineNumber, columnNumber, sample)));
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error.stack ?? error)));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) problems.push(message.text());
  });
  // Nothing may come from elsewhere.
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(blob|data):/.test(request.url())) problems.push(`asked for ${request.url()}`);
  });
  await page.goto(url);
  await page.locator('h1').waitFor();
  return { page, problems };
}

/** Goes to a page by its link in the navigation, as a person does. */
export async function visit(page: Page, title: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: title, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
}

/** What axe finds that is serious or critical. */
export async function seriousFindings(page: Page): Promise<string[]> {
  return page.evaluate(async (source) => {
    // As a script of the page it would be refused by the policy.
    (0, eval)(source);
    const { axe } = window as unknown as { axe: { run: (of: Document) => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } };
    const { violations } = await axe.run(document);
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  }, AXE);
}

/** Leaves a picture of the page as it is, wide, narrow, and dark; what doesn't fit the narrow one is a finding. */
export async function picture(page: Page, name: string): Promise<string[]> {
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: join(SCREENSHOTS, `${name}-wide.png`), fullPage: true, animations: 'disabled' });
  await darkPicture(page, name);
  await page.setViewportSize(SIZES.narrow);
  await page.waitForFunction(() => document.documentElement.scrollWidth <= window.innerWidth, undefined, { timeout: 3000 }).catch(() => undefined);
  await page.screenshot({ path: join(SCREENSHOTS, `${name}-narrow.png`), fullPage: true, animations: 'disabled' });
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  await page.setViewportSize(SIZES.wide);
  return tooWide > 0 ? [`${name} is ${tooWide} pixels wider than a narrow screen`] : [];
}

/** As the page is for those whose system is dark; not where the colours were chosen in the page itself. */
async function darkPicture(page: Page, name: string): Promise<void> {
  const scheme = () => page.evaluate(() => document.documentElement.dataset['mantineColorScheme']);
  if ((await scheme()) !== 'light') return;
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForFunction(() => document.documentElement.dataset['mantineColorScheme'] === 'dark', undefined, { timeout: 3000 });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}-dark.png`), fullPage: true, animations: 'disabled' });
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Drops a file onto the place for one, as a mouse does. */
export async function dropFile(page: Page, name: string, bytes: Buffer, type = 'image/png'): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ({ content, file, kind }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], file, { type: kind }));
      return transfer;
    },
    { content: bytes.toString('base64'), file: name, kind: type },
  );
  await page.locator('.drop').dispatchEvent('drop', { dataTransfer });
}
