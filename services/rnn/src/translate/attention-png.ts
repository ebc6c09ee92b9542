import type { HostTensor } from '@quartet/core';
import { drawText, type DrawnText } from '@quartet/data';
import sharp, { type OverlayOptions } from 'sharp';

/** Pixels. */
const [CELL, MARGIN] = [24, 12];
/** Characters of a label: one word shouldn't set the picture's width. */
const LABEL = 24;

/**
 * Draws what each target token looked at: a row a target token, a column a source token, from white (0) to dark blue (1).
 * @param weights [rows, columns], with at least as many rows as there are targets. @returns A PNG.
 */
export async function attentionPng(weights: HostTensor, sources: readonly string[], targets: readonly string[]): Promise<Buffer> {
  const [columns, rows] = await Promise.all([Promise.all(sources.map(label)), Promise.all(targets.map(label))]);
  const left = 2 * MARGIN + Math.max(...rows.map(({ width }) => width));
  const top = 2 * MARGIN + Math.max(...columns.map(({ width }) => width));
  const width = left + CELL * sources.length + MARGIN;
  const height = top + CELL * targets.length + MARGIN;
  const upright = await Promise.all(columns.map(async ({ data }) => sharp(data).rotate(-90).png().toBuffer()));
  const overlays: OverlayOptions[] = [
    ...rows.map((row, index) => ({ input: row.data, left: left - MARGIN - row.width, top: Math.round(top + CELL * (index + 0.5) - row.height / 2) })),
    ...columns.map((column, index) => ({ input: upright[index]!, left: Math.round(left + CELL * (index + 0.5) - column.height / 2), top: top - MARGIN - column.width })),
  ];
  const pixels = draw(weights, { rows: targets.length, columns: sources.length, left, top, width, height });
  return sharp(pixels, { raw: { width, height, channels: 3 } }).composite(overlays).png().toBuffer();
}

/** A token's text as a picture of its own. Blanks would not be seen. */
async function label(token: string): Promise<DrawnText> {
  const characters = Array.from(token.replaceAll(' ', '\u00b7'));
  return drawText(characters.length > LABEL ? `${characters.slice(0, LABEL - 1).join('')}…` : characters.join(''));
}

/** RGB of the cells, on white. */
function draw({ data, shape }: HostTensor, { rows, columns, left, top, width, height }: Record<'rows' | 'columns' | 'left' | 'top' | 'width' | 'height', number>): Buffer {
  const pixels = Buffer.alloc(width * height * 3, 255);
  const dark = [8, 48, 107];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const weight = Math.min(1, Math.max(0, data[row * shape[1]! + column]!));
      const colour = dark.map((channel) => Math.round(255 - (255 - channel) * weight));
      // A pixel between cells stays lighter: a grid.
      for (let y = 0; y < CELL - 1; y++) {
        for (let x = 0; x < CELL - 1; x++) pixels.set(colour, ((top + row * CELL + y) * width + left + column * CELL + x) * 3);
      }
    }
  }
  return pixels;
}
