import { drawText } from '@quartet/data';
import sharp, { type OverlayOptions } from 'sharp';
import type { Picture } from './colours';

export interface Tile {
  picture: Picture;
  caption?: string;
}

export interface Row {
  label?: string;
  tiles: readonly Tile[];
}

/** Pixels. */
const [MARGIN, GAP, LINE] = [12, 8, 20];
const PAGE = { r: 255, g: 255, b: 255 };
/** Points. */
const [TITLE_SIZE, TEXT_SIZE] = [11, 9];
/** Characters of a caption for each pixel of its tile. */
const NARROW = 0.13;

interface Placed {
  input: Buffer;
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * Pictures in rows on a white page, each row with a label above it, each picture with a caption below.
 * @param tile The longer side that pictures are brought to: enlarged by whole pixels, which stay sharp, or shrunk.
 * @returns A PNG.
 */
export async function drawSheet(title: string, rows: readonly Row[], tile: number): Promise<Buffer> {
  const placed: Placed[] = [];
  let top = MARGIN;
  const put = async (text: string, left: number, size: number): Promise<void> => {
    const { data, width, height } = await drawText(text, size);
    placed.push({ input: data, left, top, width, height });
  };
  await put(title, MARGIN, TITLE_SIZE);
  top += LINE + GAP;
  for (const { label, tiles } of rows) {
    if (label !== undefined) {
      await put(label, MARGIN, TEXT_SIZE);
      top += LINE;
    }
    let left = MARGIN;
    let tallest = 0;
    for (const { picture, caption } of tiles) {
      const { input, width, height } = await brought(picture, tile);
      placed.push({ input, left, top, width, height });
      if (caption !== undefined) {
        const text = await drawText(shortened(caption, Math.max(4, Math.floor(width * NARROW))), TEXT_SIZE);
        placed.push({ input: text.data, left, top: top + height + 3, width: text.width, height: text.height });
      }
      left += width + GAP;
      tallest = Math.max(tallest, height + (caption === undefined ? 0 : LINE));
    }
    top += tallest + GAP;
  }
  const width = Math.max(...placed.map((each) => each.left + each.width)) + MARGIN;
  const height = Math.max(...placed.map((each) => each.top + each.height)) + MARGIN;
  const overlays: OverlayOptions[] = placed.map(({ input, left, top: above }) => ({ input, left, top: above }));
  return sharp({ create: { width, height, channels: 3, background: PAGE } }).composite(overlays).png().toBuffer();
}

/** How many times a picture is enlarged to come near a side of so many pixels. */
export const enlargement = ({ height, width }: { height: number; width: number }, tile: number): number => Math.max(1, Math.round(tile / Math.max(height, width)));

async function brought(picture: Picture, tile: number): Promise<{ input: Buffer; width: number; height: number }> {
  const { height, width, data } = picture;
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  const longer = Math.max(height, width);
  const factor = longer > 1.5 * tile ? tile / longer : enlargement(picture, tile);
  const size = { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
  return { input: await image.resize({ ...size, fit: 'fill', kernel: factor > 1 ? 'nearest' : 'lanczos3' }).png().toBuffer(), ...size };
}

const shortened = (text: string, most: number): string => {
  const characters = Array.from(text);
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text;
};
