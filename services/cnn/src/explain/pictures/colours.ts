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

/** Between colours, `at` 0 to 1. */
function along(colours: readonly Colour[], at: number): Colour {
  const place = Math.min(1, Math.max(0, at)) * (colours.length - 1);
  const low = Math.min(colours.length - 2, Math.floor(place));
  const [from, to] = [colours[low]!, colours[low + 1]!];
  const share = place - low;
  return [0, 1, 2].map((channel) => from[channel]! * (1 - share) + to[channel]! * share) as unknown as Colour;
}

/** An image of a network as it is: one channel is grey, four have alpha, which is laid over white; of other counts their mean. @param values 0..1. */
export function imagePicture(values: ArrayLike<number>, [height = 0, width = 0, channels = 1]: readonly number[]): Picture {
  const data = new Uint8Array(height * width * 3);
  for (let pixel = 0; pixel < height * width; pixel += 1) {
    const own = Array.from({ length: channels }, (_, channel) => values[pixel * channels + channel] ?? 0);
    const opaque = channels === 4 ? own.slice(0, 3).map((value) => value * own[3]! + 1 - own[3]!) : own;
    const grey = own.reduce((a, b) => a + b, 0) / channels;
    data.set((channels === 3 || channels === 4 ? opaque : [grey, grey, grey]).map(byte), pixel * 3);
  }
  return { height, width, data };
}

/** Values from 0 to `most` by the scale of colours. */
export function scalePicture(values: ArrayLike<number>, height: number, width: number, most: number): Picture {
  const data = new Uint8Array(height * width * 3);
  for (let at = 0; at < height * width; at += 1) data.set(along(SCALE, (values[at] ?? 0) / Math.max(most, 1e-12)).map(Math.round), at * 3);
  return { height, width, data };
}

/** A picture greyed and dimmed, with a map of its own size laid over it: red to yellow above 0, blue to white below, the stronger the more it covers. */
export function overlay({ height, width, data: below }: Picture, map: ArrayLike<number>): Picture {
  const data = new Uint8Array(below.length);
  const most = Array.from({ length: map.length }, (_, at) => Math.abs(map[at]!)).reduce((a, b) => Math.max(a, b), 1e-12);
  for (let at = 0; at < height * width; at += 1) {
    const [red = 0, green = 0, blue = 0] = below.subarray(at * 3, at * 3 + 3);
    const grey = 0.299 * red + 0.587 * green + 0.114 * blue;
    const strength = Math.abs(map[at]!) / most;
    const cover = 0.8 * Math.min(1, strength * 1.6);
    const colour = along(map[at]! >= 0 ? FOR : AGAINST, strength);
    data.set(colour.map((channel) => Math.round(grey * 0.85 * (1 - cover) + channel * cover)), at * 3);
  }
  return { height, width, data };
}

const byte = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value)));
