import type { cnn } from '@quartet/contracts';
import { fromBytes, type LayerInfo } from '@quartet/core';
import { LOGITS } from '../layers';
import { imagePicture } from './colours';
import { drawSheet, type Row } from './sheet';

const [ACROSS, SIDE] = [5, 112];

/** What excites units: an image a unit, with how active the unit is on it. */
export async function unitsPicture(layer: LayerInfo, units: readonly cnn.ExcitedUnit[], shape: readonly number[]): Promise<Buffer> {
  const tiles = units.map(({ unit, name, image, value }) => ({
    picture: imagePicture(fromBytes('float32', image!.shape.map(Number), image!.data).data, shape),
    caption: `${name || unit}: ${value.toPrecision(3)}`,
  }));
  const rows: Row[] = Array.from({ length: Math.ceil(tiles.length / ACROSS) }, (_, row) => ({ tiles: tiles.slice(row * ACROSS, (row + 1) * ACROSS) }));
  return drawSheet(layer.name === LOGITS ? 'What excites each class' : `What excites units of ${layer.name}`, rows, SIDE);
}
