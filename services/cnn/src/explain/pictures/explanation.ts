import type { cnn } from '@quartet/contracts';
import { upsample } from '@quartet/core';
import { imagePicture, overlay, type Picture } from './colours';
import { drawSheet, enlargement } from './sheet';

export interface Explanation {
  /** [height, width, channels], flat, in 0..1. */
  image: Float32Array;
  shape: readonly number[];
  /** [height, width], flat. */
  map: Float32Array;
  explained: cnn.ExplainedClass;
  predicted: cnn.ExplainedClass;
  layer: string;
  occlusion: cnn.OcclusionReport | undefined;
}

/** Pixels of the longer side of an image. */
const SIDE = 336;

/** The image, and beside it the map laid over it. The map is drawn at the picture's own resolution, so that it looks as smooth as it is. */
export async function explanationPicture({ image, shape, map, explained, predicted, layer, occlusion }: Explanation): Promise<Buffer> {
  const [height = 0, width = 0] = shape;
  const own = imagePicture(image, shape, 2 * SIDE);
  const factor = enlargement(own, SIDE);
  const heat = upsample(map, [height, width], [own.height * factor, own.width * factor]);
  const how = occlusion ? `occlusion, ${occlusion.window} pixels hidden at a time` : `Grad-CAM at ${layer}`;
  const blank = map.every((value) => value <= 0);
  return drawSheet(
    `${nameOf(explained)}: ${how}`,
    [
      {
        tiles: [
          { picture: own, caption: `seen as ${nameOf(predicted)}` },
          { picture: overlay(enlarged(own, factor), heat), caption: captionOf(explained, blank, occlusion !== undefined) },
        ],
      },
    ],
    SIDE,
  );
}

function captionOf({ name, value }: cnn.ExplainedClass, blank: boolean, hidden: boolean): string {
  const [does, not] = value === undefined ? ['speaks for', 'against it'] : ['raises', 'lowers it'];
  if (blank) return `nothing found that ${does} ${name}`;
  return hidden ? `red to yellow ${does} ${name}, blue ${not}` : `what ${does} ${name}`;
}

const nameOf = ({ name, probability, value }: cnn.ExplainedClass): string => (value === undefined ? `${name} (${(100 * probability).toFixed(1)} %)` : `${name} = ${Number(value.toPrecision(4))}`);

/** Each pixel as a square of `factor` a side. */
function enlarged({ height, width, data }: Picture, factor: number): Picture {
  if (factor === 1) return { height, width, data };
  const out = new Uint8Array(data.length * factor * factor);
  for (let y = 0; y < height * factor; y += 1) {
    for (let x = 0; x < width * factor; x += 1) {
      const from = (Math.floor(y / factor) * width + Math.floor(x / factor)) * 3;
      out.set(data.subarray(from, from + 3), (y * width * factor + x) * 3);
    }
  }
  return { height: height * factor, width: width * factor, data: out };
}
