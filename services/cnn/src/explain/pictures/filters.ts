import type { HostTensor } from '@quartet/core';
import { imagePicture } from './colours';
import { drawSheet, type Row } from './sheet';

const [ACROSS, MOST, SIDE] = [16, 256, 48];

/**
 * Filters side by side, all on one scale: mid-grey is 0, brighter is above, darker below. Those over three channels are in colour; over other counts the mean of the channels.
 * @param kernel [height, width, channels, filters].
 */
export async function filtersPicture({ shape, data }: HostTensor): Promise<Buffer> {
  const [height = 0, width = 0, channels = 0, count = 0] = shape;
  const most = (data as Float32Array).reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-12);
  const size = height * width * channels;
  const shown = Math.min(MOST, count);
  // Four channels would be taken for colours with alpha.
  const own = channels === 3 ? 3 : 1;
  const pictures = Array.from({ length: shown }, (_, filter) => {
    const values = Array.from({ length: size }, (_unused, at) => 0.5 + data[at * count + filter]! / (2 * most));
    const drawn = own === channels ? values : Array.from({ length: height * width }, (_unused, at) => values.slice(at * channels, (at + 1) * channels).reduce((a, b) => a + b, 0) / channels);
    return { picture: imagePicture(drawn, [height, width, own]) };
  });
  const rows: Row[] = Array.from({ length: Math.ceil(shown / ACROSS) }, (_, row) => ({ tiles: pictures.slice(row * ACROSS, (row + 1) * ACROSS) }));
  const left = count > shown ? `, the first ${shown}` : '';
  return drawSheet(`${count} filters of ${height} x ${width} over ${channels} channel${channels === 1 ? '' : 's'}${left}; grey is 0`, rows, SIDE);
}
