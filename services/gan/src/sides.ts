import type { Violations } from '@quartet/service-kit';
import { kindOf } from './kinds';

/** Of images and of a video's frames, in pixels. */
const PIXELS = { image: { least: 8, most: 128 }, video: { least: 8, most: 64 } };
const FRAMES = { least: 2, most: 64 };
/** Side that a default network of images, or of videos, halves once more at least; length of sounds that it divides by 4 once more. */
const DIVIDED = { image: 14, video: 8, sound: 64 };
/** What each layer divides the sides by. */
const strideOf = (shape: readonly number[]): number => (kindOf(shape) === 'sound' ? 4 : 2);
const MOST_LAYERS = 6;

/** Adds a violation for examples that convolutions aren't made for. */
export function checkSides(path: string, shape: readonly number[], violations: Violations): void {
  const kind = kindOf(shape);
  if (kind !== 'image' && kind !== 'video') return;
  const { least, most } = PIXELS[kind];
  const [height = 0, width = 0] = shape.slice(-3);
  const beyond = Math.min(height, width) < least || Math.max(height, width) > most;
  if (beyond) violations.add(path, `is for ${kind}s of ${least} to ${most} pixels a side, and these are ${height} x ${width}; import them ${kind === 'image' ? 'with image_height and image_width' : 'smaller'}, or use \`dense\``);
  const [frames = 0] = shape;
  if (kind === 'video' && (frames < FRAMES.least || frames > FRAMES.most)) violations.add(path, `is for videos of ${FRAMES.least} to ${FRAMES.most} frames, and these have ${frames}; import shorter ones, or use \`dense\``);
}

/** 32, 64, ... until about 7 pixels a side are left; of videos 16, 32, ... until 4; of sounds 16, 32, ... until 16 samples. */
export function defaultFilters(shape: readonly number[]): number[] {
  const kind = kindOf(shape);
  if (kind === 'table') return [];
  const filters = [kind === 'image' ? 32 : 16];
  const stride = strideOf(shape);
  const smallest = Math.min(...(kind === 'sound' ? shape.slice(0, 1) : shape.slice(-3, -1)));
  for (let side = Math.ceil(smallest / stride); side >= DIVIDED[kind] && filters.length < MOST_LAYERS; side = Math.ceil(side / stride)) filters.push(Math.min(256, 2 * (filters.at(-1) as number)));
  return filters;
}

/** Sides of the map that so many layers leave. */
export function smallestSides(shape: readonly number[], layers: number): number[] {
  const stride = strideOf(shape);
  return shape.slice(0, -1).map((side) => Array.from({ length: layers }).reduce<number>((left) => Math.ceil(left / stride), side));
}
