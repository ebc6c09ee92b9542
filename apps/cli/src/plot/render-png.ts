import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { readSettings } from '@quartet/contracts';

/**
 * Points fontconfig, which draws the text of the picture, at the fonts of a package: a machine without fonts gets text
 * all the same, and every machine the same picture. It reads its environment once, so this comes before sharp is loaded.
 */
function useBundledFonts(): void {
  const folder = join(readSettings().QUARTET_CACHE, 'fontconfig');
  const fonts = join(dirname(require.resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  const escape = (path: string) => path.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'fonts.conf');
  writeFileSync(file, `<?xml version="1.0"?><fontconfig><dir>${escape(fonts)}</dir><cachedir>${escape(folder)}</cachedir></fontconfig>\n`);
  process.env['FONTCONFIG_FILE'] = file;
}

/** Draws a Vega-Lite chart into a PNG file, at twice its nominal size. Loads the libraries for it only now. */
export async function writePng(spec: TopLevelSpec, file: string): Promise<void> {
  useBundledFonts();
  const [{ compile }, vega, { default: sharp }] = await Promise.all([import('vega-lite'), import('vega'), import('sharp')]);
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none', logLevel: vega.Error });
  const svg = await view.toSVG();
  view.finalize();
  mkdirSync(dirname(resolve(file)), { recursive: true });
  // Vega can only guess how wide text is and leaves a blank margin for it: cut to what is drawn.
  const drawn = await sharp(Buffer.from(svg), { density: 144 }).trim().toBuffer();
  const margin = { top: 32, bottom: 32, left: 32, right: 32, background: 'white' };
  await sharp(drawn).extend(margin).png().toFile(file);
}
