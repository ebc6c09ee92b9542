// Video files that a small network tells apart in a second, made by the image's own ffmpeg.
import { runInContainer } from './container.mjs';

/** @returns one MP4: half a second of a colour. */
export async function clip(image, colour) {
  const encode = `ffmpeg -v error -f lavfi -i color=${colour}:size=16x16:rate=8:duration=0.5 -pix_fmt yuv420p /tmp/clip.mp4 && base64 --wrap=0 /tmp/clip.mp4`;
  const { code, text } = await runInContainer(image, 'sh', '-c', encode);
  if (code !== 0) throw new Error(`no clip was made: ${text}`);
  return Buffer.from(text, 'base64');
}

/** A folder a class, as a data set of videos has them. */
export async function brightAndDark(image) {
  const clips = { bright: await clip(image, '0xe0e0e0'), dark: await clip(image, '0x202020') };
  const parts = [['train', 8], ['test', 2]];
  return parts.flatMap(([part, count]) =>
    Object.entries(clips).flatMap(([name, source]) => Array.from({ length: count }, (_, i) => ({ path: `${part}/${name}/${i}.mp4`, source, size: source.length }))),
  );
}
