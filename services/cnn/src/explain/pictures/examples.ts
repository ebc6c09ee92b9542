import type { cnn } from '@quartet/contracts';
import type { LayerInfo } from '@quartet/core';
import { LOGITS } from '../layers';
import { imagePicture } from './colours';
import { drawSheet, type Row } from './sheet';

export interface Found extends cnn.ExcitingExample {
  image: Float32Array;
}

const SIDE = 72;
const ACROSS = 16;

/** A row a unit: the examples that excite it most, each with its class. */
export async function examplesPicture(layer: LayerInfo, units: readonly { unit: number; name: string; examples: readonly Found[] }[], shape: readonly number[]): Promise<Buffer> {
  const rows = units.flatMap(({ unit, name, examples }): Row[] => {
    const tiles = examples.map(({ image, label, value }) => ({ picture: imagePicture(image, shape), caption: `${label} ${value.toPrecision(3)}` }));
    return Array.from({ length: Math.ceil(tiles.length / ACROSS) }, (_, row) => ({ ...(row === 0 && { label: name ? `${unit}: ${name}` : `unit ${unit}` }), tiles: tiles.slice(row * ACROSS, (row + 1) * ACROSS) }));
  });
  return drawSheet(`Examples that excite ${layer.name === LOGITS ? 'each class' : `units of ${layer.name}`} most`, rows, SIDE);
}
