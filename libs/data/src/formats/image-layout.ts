import { partNamed } from '../ingest/part-name';
import { byCodeUnit } from '../paths';
import { corrupt, listed, unusable } from '../problems';
import type { PartName } from '../types';
import type { StrayFiles } from './stray-files';

export interface ImageFile {
  path: string;
  local: string;
  part: PartName;
  label: number;
}

const EXPECTED = '<class>/<image> or train/<class>/<image> and test/<class>/<image>';
const REMEDY = 'Move the images into one folder a class.';
const IS_IMAGE = /\.(png|jpe?g)$/i;

/**
 * Tells class and part of each image from its path. Folders above all of them don't matter.
 * @param files In order of path.
 * @throws QuartetError CORRUPT_DATA: another layout; UNUSABLE_DATASET: a class that the training part lacks.
 */
export function layOut(files: ReadonlyMap<string, string>, stray: StrayFiles): { classNames: string[]; images: ImageFile[] } {
  const kept = [...files.keys()].filter((path) => {
    if (stray.junk(path)) return false;
    if (IS_IMAGE.test(path)) return true;
    stray.unknown(path, 'PNG and JPEG files (.png, .jpg, .jpeg)');
    return false;
  });
  if (kept.length === 0) {
    throw unusable('data set', { received: 'no .png, .jpg or .jpeg file', expected: EXPECTED, remedy: 'Send images.' });
  }
  const placed = placeAll(kept);
  const classNames = [...new Set(placed.filter(({ part }) => part === 'train').map(({ className }) => className))].sort(byCodeUnit);
  const images = placed.map(({ path, part, className }) => {
    const label = classNames.indexOf(className);
    if (label >= 0) return { path, local: files.get(path)!, part, label };
    throw unusable(path, {
      received: `class "${className}"`,
      expected: `one of the training classes: ${listed(classNames)}`,
      remedy: 'Add training images of that class, or remove it.',
    });
  });
  return { classNames, images };
}

function placeAll(paths: string[]): { path: string; part: PartName; className: string }[] {
  const split = paths.map((path) => path.split('/'));
  const above = foldersAbove(split);
  const rest = split.map((segments) => segments.slice(above));
  const byPart = rest.some((segments) => segments.length === 3 && partNamed(segments[0]!) !== undefined);
  return rest.map((segments, index) => {
    const path = paths[index]!;
    const part = byPart ? partNamed(segments[0]!) : 'train';
    if (segments.length !== (byPart ? 3 : 2) || !part) {
      throw corrupt(path, { received: 'an image outside this layout', expected: EXPECTED, remedy: REMEDY });
    }
    return { path, part, className: segments.at(-2)! };
  });
}

/** How many folders all paths have in common, above part and class. */
function foldersAbove(split: string[][]): number {
  const [first] = split as [string[]];
  let above = 0;
  const common = () => split.every((s) => s[above] === first[above] && s.length > above + 2);
  while (common() && partNamed(first[above]!) === undefined) above++;
  return above;
}
