import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UploadFile } from '@quartet/client';
import { ffmpeg } from '../shared';

/** Side of an image; frames of a clip, and its side. */
export const SIDE = 8;
export const [FRAMES, CLIP_SIDE] = [6, 16];
const SQUARE = 5;

/** A .npy file of version 1.0: magic, length of the header, header, data. See https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
export function npy(path: string, descr: string, shape: readonly number[], data: Uint8Array | Float32Array): UploadFile {
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = Buffer.from(`${dictionary}${' '.repeat(63 - ((10 + dictionary.length) % 64))}\n`, 'latin1');
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  const source = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, header, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
  return { path, source, size: source.length };
}

/** Numbers in 0..1 that repeat: a linear congruential generator (Numerical Recipes'). */
function generator(state: number): () => number {
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** Images of which the upper, the middle and the lower row are bright or not, and with a bright dot in a column: uint8 [count, side, side]; labels [count, 3], numbers [count, 1]. */
export function rowsAndDots(count: number, seed: number): { images: Uint8Array; labels: Uint8Array; numbers: Float32Array } {
  const random = generator(seed);
  const size = SIDE * SIDE;
  const images = Uint8Array.from({ length: count * size }, () => 40 * random());
  const [labels, numbers] = [new Uint8Array(count * 3), new Float32Array(count)];
  for (let at = 0; at < count; at++) {
    for (let label = 0; label < 3; label++) {
      if (random() < 0.5) continue;
      labels[at * 3 + label] = 1;
      images.fill(140, at * size + 3 * label * SIDE, at * size + (3 * label + 1) * SIDE);
    }
    const column = Math.floor(random() * SIDE);
    images[at * size + SIDE + column] = images[at * size + 4 * SIDE + column] = 255;
    numbers[at] = column;
  }
  return { images, labels, numbers };
}

/** [dx, dy] a frame, by class. */
const WAYS = [[1, 0], [-1, 0], [0, 1], [0, -1]] as const;

/** Bright squares on a grey ground, each of which goes one of four ways: uint8 [count, frames, side, side, 1]; classes in turn. */
export function moving(count: number, from: number): { clips: Uint8Array; classes: Uint8Array } {
  const classes = Uint8Array.from({ length: count }, (_, at) => at % WAYS.length);
  const clips = new Uint8Array(count * FRAMES * CLIP_SIDE ** 2).fill(30);
  classes.forEach((way, at) => {
    const [dx, dy] = WAYS[way]!;
    const [x, y] = [(7 * (at + from)) % CLIP_SIDE, (5 * (at + from)) % CLIP_SIDE];
    for (let frame = 0; frame < FRAMES; frame++) {
      for (let row = 0; row < SQUARE; row++) {
        for (let column = 0; column < SQUARE; column++) {
          const [px, py] = [(x + dx * frame + column + CLIP_SIDE * FRAMES) % CLIP_SIDE, (y + dy * frame + row + CLIP_SIDE * FRAMES) % CLIP_SIDE];
          clips[((at * FRAMES + frame) * CLIP_SIDE + py) * CLIP_SIDE + px] = 200;
        }
      }
    }
  });
  return { clips, classes };
}

/** A video file of grey frames of clips, one clip after the other, at 10 frames a second. @param container `mp4` or `gif` */
export function videoFile(clips: Uint8Array, container: 'mp4' | 'gif'): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'quartet-clip-'));
  const file = join(folder, `clip.${container}`);
  const codec = container === 'gif' ? ['-c:v', 'gif'] : ['-c:v', 'libx264', '-crf', '4', '-pix_fmt', 'yuv420p'];
  try {
    const { status, stderr } = spawnSync(ffmpeg(), ['-v', 'error', '-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${CLIP_SIDE}x${CLIP_SIDE}`, '-r', '10', '-i', 'pipe:0', ...codec, file], { input: clips });
    if (status !== 0) throw new Error(`ffmpeg made no clip: ${stderr.toString()}`);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A WAV file of a tone, 16 bits, one channel, a quarter of a second at 8 kHz. */
export function toneFile(hertz: number): Buffer {
  const rate = 8000;
  const samples = Int16Array.from({ length: rate / 4 }, (_, at) => 12_000 * Math.sin((2 * Math.PI * hertz * at) / rate));
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(2 * rate, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer)]);
}
