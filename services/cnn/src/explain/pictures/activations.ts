import type { HostTensor, LayerInfo } from '@quartet/core';
import { isSpatial, kindOf } from '../layers';
import { imagePicture, scalePicture, type Picture } from './colours';
import { drawSheet, type Row } from './sheet';

const [ACROSS, SIDE, STRIP] = [16, 56, 64];

export interface LayerOutput {
  layer: LayerInfo;
  /** As the layer's shape. */
  output: HostTensor;
}

export interface Activations {
  image: Float32Array;
  shape: readonly number[];
  outputs: readonly LayerOutput[];
  /** Of a layer that are shown. */
  channels: number;
}

/** A block for each layer: its most active channels, on one scale a layer from 0 (dark) to the layer's largest (bright); of a layer without extent, its numbers as a strip. */
export async function activationsPicture({ image, shape, outputs, channels }: Activations): Promise<Buffer> {
  const rows: Row[] = [{ tiles: [{ picture: imagePicture(image, shape) }] }];
  for (const output of outputs) rows.push(...(isSpatial(output.layer) ? channelRows(output, channels) : stripRows(output)));
  return drawSheet('What each layer makes of the image; the most active channels first', rows, SIDE);
}

function channelRows({ layer, output: { data } }: LayerOutput, most: number): Row[] {
  const [height = 0, width = 0, channels = 0] = layer.shape;
  const means = new Float64Array(channels);
  let largest = 0;
  data.forEach((value, at) => {
    means[at % channels]! += Math.abs(value);
    largest = Math.max(largest, Math.abs(value));
  });
  const order = Array.from(means.keys()).sort((a, b) => means[b]! - means[a]! || a - b).slice(0, most);
  const tiles = order.map((channel) => {
    const map = Float32Array.from({ length: height * width }, (_, at) => Math.abs(data[at * channels + channel]!));
    return { picture: scalePicture(map, height, width, largest), caption: `${channel}` };
  });
  const label = `${layer.name}   ${kindOf(layer)}   ${height} x ${width}, ${channels} channels   largest ${largest.toPrecision(3)}`;
  return inRows(tiles, label);
}

function stripRows({ layer, output: { data } }: LayerOutput): Row[] {
  const width = Math.min(STRIP, data.length);
  const height = Math.ceil(data.length / STRIP);
  const largest = (data as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const picture: Picture = scalePicture(Float32Array.from({ length: height * width }, (_, at) => Math.abs(data[at] ?? 0)), height, width, largest);
  return [{ label: `${layer.name}   ${kindOf(layer)}   ${data.length} units   largest ${largest.toPrecision(3)}`, tiles: [{ picture: wide(picture) }] }];
}

/** Squares of 8 pixels. */
function wide({ height, width, data }: Picture): Picture {
  const out = new Uint8Array(data.length * 64);
  for (let y = 0; y < height * 8; y += 1) for (let x = 0; x < width * 8; x += 1) out.set(data.subarray(((y >> 3) * width + (x >> 3)) * 3, ((y >> 3) * width + (x >> 3)) * 3 + 3), (y * width * 8 + x) * 3);
  return { height: height * 8, width: width * 8, data: out };
}

const inRows = (tiles: Row['tiles'], label: string): Row[] =>
  Array.from({ length: Math.ceil(tiles.length / ACROSS) }, (_, row) => ({ ...(row === 0 && { label }), tiles: tiles.slice(row * ACROSS, (row + 1) * ACROSS) }));
