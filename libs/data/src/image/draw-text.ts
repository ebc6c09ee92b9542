import { dirname, join } from 'node:path';
// The library as this package restricts it.
import './codec';
import sharp from 'sharp';

/** Every machine draws the same: a bare Debian has no fonts. */
const fontFile = (): string => join(dirname(require.resolve('dejavu-fonts-ttf/package.json')), 'ttf', 'DejaVuSans.ttf');

export interface DrawnText {
  /** PNG with an alpha channel. */
  data: Buffer;
  width: number;
  height: number;
}

/** A line of text as a picture of its own, black on nothing, in DejaVu Sans. Characters that can't be seen, and a text of blanks alone, are shown as U+2423. @param size In points of 1/72 inch at 96 dots an inch. */
export async function drawText(text: string, size = 10): Promise<DrawnText> {
  const visible = text.replace(/\p{C}/gu, '\u2423').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const { data, info } = await sharp({ text: { text: visible.trim() || '\u2423', font: `DejaVu Sans ${size}`, fontfile: fontFile(), dpi: 96, rgba: true } }).png().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
