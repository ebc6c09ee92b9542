/** Pixels of RGB, 0..255. */
export interface Picture {
  height: number;
  width: number;
  data: Uint8Array;
}

type Colour = readonly [red: number, green: number, blue: number];

/** From quiet to strong: what speaks for a class, as embers; and against it, as ice. */
const FOR: readonly Colour[] = [[120, 0, 0], [220, 30, 10], [255, 140, 0], [255, 240, 110]];
const AGAINST: readonly Colour[] = [[0, 20, 110], [20, 90, 220], [60, 190, 255], [200, 250, 255]];
/** Matplotlib's viridis at five places: even steps look even, in grey as well. */
const SCALE: readonly Colour[] = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];

/** Steps of a scale of colours. */
const STEPS = 256;
const [FOR_TABLE, AGAINST_TABLE, SCALE_TABLE] = [tableOf(FOR), tableOf(AGAINST), tableOf(SCALE)];

/** The colours and those between them, RGB of each step. */
function tableOf(colours: readonly Colour[]): Uint8Array {
  const table = new Uint8Array(STEPS * 3);
  for (let step = 0; step < STEPS; step += 1) {
    const place = (step / (STEPS - 1)) * (colours.length - 1);
    const low = Math.min(colours.length - 2, Math.floor(place));
    const share = place - low;
    for (let channel = 0; channel < 3; channel += 1) table[step * 3 + channel] = Math.round(colours[low]![channel]! * (1 - share) + colours[low + 1]![channel]! * share);
  }
  return table;
}

const stepOf = (share: number): number => Math.round(Math.min(1, Math.max(0, share)) * (STEPS - 1));

/**
 * An image of a network as it is: one channel is grey, four have alpha, which is laid over white; of other counts their mean.
 *
 * @param values 0..1. @param most Side beyond which squares of 2, 3, ... pixels become one, their mean.
 */
export function imagePicture(values: ArrayLike<number>, shape: readonly number[], most = 1024): Picture {
  const { height, width, channels, data: means } = thinned(values, shape, most);
  const data = new Uint8Array(height * width * 3);
  for (let pixel = 0; pixel < height * width; pixel += 1) {
    const at = pixel * channels;
    if (channels === 3 || channels === 4) {
      const opaque = channels === 4 ? means[at + 3]! : 1;
      for (let channel = 0; channel < 3; channel += 1) data[pixel * 3 + channel] = byte(means[at + channel]! * opaque + 1 - opaque);
    } else {
      let sum = 0;
      for (let channel = 0; channel < channels; channel += 1) sum += means[at + channel]!;
      data.fill(byte(sum / channels), pixel * 3, pixel * 3 + 3);
    }
  }
  return { height, width, data };
}

function thinned(values: ArrayLike<number>, [rows = 0, columns = 0, channels = 1]: readonly number[], most: number): { height: number; width: number; channels: number; data: ArrayLike<number> } {
  const side = Math.ceil(Math.max(rows, columns) / most);
  if (side <= 1) return { height: rows, width: columns, channels, data: values };
  const [height, width] = [Math.ceil(rows / side), Math.ceil(columns / side)];
  const data = new Float32Array(height * width * channels);
  for (let y = 0; y < rows; y += 1) {
    const tall = Math.min(side, rows - y + (y % side));
    for (let x = 0; x < columns; x += 1) {
      const wide = Math.min(side, columns - x + (x % side));
      const [from, to] = [(y * columns + x) * channels, (Math.floor(y / side) * width + Math.floor(x / side)) * channels];
      for (let channel = 0; channel < channels; channel += 1) data[to + channel]! += values[from + channel]! / (tall * wide);
    }
  }
  return { height, width, channels, data };
}

/** Values from 0 to `most` by the scale of colours. */
export function scalePicture(values: ArrayLike<number>, height: number, width: number, most: number): Picture {
  const data = new Uint8Array(height * width * 3);
  for (let at = 0; at < height * width; at += 1) {
    const step = 3 * stepOf((values[at] ?? 0) / Math.max(most, 1e-12));
    for (let channel = 0; channel < 3; channel += 1) data[at * 3 + channel] = SCALE_TABLE[step + channel]!;
  }
  return { height, width, data };
}

/** A picture greyed and dimmed, with a map of its own size laid over it: red to yellow above 0, blue to white below, the stronger the more it covers. */
export function overlay({ height, width, data: below }: Picture, map: ArrayLike<number>): Picture {
  const data = new Uint8Array(below.length);
  let most = 1e-12;
  for (let at = 0; at < map.length; at += 1) most = Math.max(most, Math.abs(map[at]!));
  for (let at = 0; at < height * width; at += 1) {
    const grey = 0.299 * below[at * 3]! + 0.587 * below[at * 3 + 1]! + 0.114 * below[at * 3 + 2]!;
    const strength = Math.abs(map[at]!) / most;
    const cover = 0.8 * Math.min(1, strength * 1.6);
    const table = map[at]! >= 0 ? FOR_TABLE : AGAINST_TABLE;
    const step = 3 * stepOf(strength);
    for (let channel = 0; channel < 3; channel += 1) data[at * 3 + channel] = Math.round(grey * 0.85 * (1 - cover) + table[step + channel]! * cover);
  }
  return { height, width, data };
}

/** 0..1 as 0..255. */
function byte(value: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}
