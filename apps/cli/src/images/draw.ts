import type { Output } from '../output';

const SHADES = [' ', '░', '▒', '▓', '█'];

/** The 24 grey levels of the 256-colour palette, black to white. */
const grey = (value: number): number => (value < 8 ? 16 : 232 + Math.min(23, Math.floor((value * 24) / 256)));

/**
 * A grey image as lines of text, two rows of pixels a line: in greys by half blocks where there is colour, by shades
 * otherwise. A border of empty pixels is left out where `margin` says so.
 */
export function drawGrey(out: Output, pixels: Uint8Array, height: number, width: number, margin = 0): string[] {
  const at = (y: number, x: number) => (y < height - margin ? (pixels[y * width + x] ?? 0) : 0);
  const lines: string[] = [];
  for (let y = margin; y < height - margin; y += 2) {
    let line = '';
    let colours = '';
    for (let x = margin; x < width - margin; x++) {
      const [upper, lower] = [at(y, x), at(y + 1, x)];
      if (out.colours) {
        const wanted = `\x1b[38;5;${grey(upper)};48;5;${grey(lower)}m`;
        line += `${wanted === colours ? '' : wanted}▀`;
        colours = wanted;
      } else line += SHADES[Math.min(4, Math.floor((upper + lower) / 2 / 51))] ?? ' ';
    }
    lines.push(out.colours ? `${line}\x1b[0m` : line);
  }
  return lines;
}

/** Blocks of equally many lines, side by side. `width` is what one takes on the screen. */
export function sideBySide(blocks: readonly { lines: readonly string[]; width: number }[], gap = 2): string[] {
  const height = Math.max(0, ...blocks.map(({ lines }) => lines.length));
  return Array.from({ length: height }, (_, row) => blocks.map(({ lines }) => lines[row] ?? '').join(' '.repeat(gap)));
}
