import { partNamed } from '../ingest/part-name';
import { byCodeUnit } from '../paths';
import { corrupt, listed, unusable } from '../problems';
import type { PartName } from '../types';
import type { StrayFiles } from './stray-files';

/** Files of one kind in a folder a class. */
export interface LayoutKind {
  files: RegExp;
  /** For errors: `PNG and JPEG files (.png, .jpg, .jpeg)`. */
  what: string;
  /** `.png, .jpg or .jpeg file` */
  one: string;
  /** `image` */
  name: string;
}

export const IMAGE_FILES: LayoutKind = { files: /\.(png|jpe?g)$/i, what: 'PNG and JPEG files (.png, .jpg, .jpeg)', one: '.png, .jpg or .jpeg file', name: 'image' };
export const VIDEO_FILES: LayoutKind = { files: /\.(mp4|m4v|mov|webm|mkv|avi|mpe?g|ts|ogv|wmv|flv|3gp)$/i, what: 'video files (.mp4, .webm, .mov, .mkv, .avi, ...)', one: 'video file', name: 'video' };

export interface ImageFile {
  path: string;
  local: string;
  part: PartName;
  label: number;
}

const expectedOf = ({ name }: LayoutKind): string => `<class>/<${name}> or train/<class>/<${name}> and test/<class>/<${name}>`;

/**
 * Tells class and part of each image or video from its path. Folders above all of them don't matter.
 * @param files In order of path.
 * @throws QuartetError CORRUPT_DATA: another layout; UNUSABLE_DATASET: a class that the training part lacks.
 */
export function layOut(files: ReadonlyMap<string, string>, stray: StrayFiles, kind: LayoutKind = IMAGE_FILES): { classNames: string[]; images: ImageFile[] } {
  const kept = [...files.keys()].filter((path) => {
    if (stray.junk(path)) return false;
    if (kind.files.test(path)) return true;
    stray.unknown(path, kind.what);
    return false;
  });
  if (kept.length === 0) {
    throw unusable('data set', { received: `no ${kind.one}`, expected: expectedOf(kind), remedy: `Send ${kind.name}s.` });
  }
  const placed = placeAll(kept, kind);
  const classNames = [...new Set(placed.filter(({ part }) => part === 'train').map(({ className }) => className))].sort(byCodeUnit);
  const images = placed.map(({ path, part, className }) => {
    const label = classNames.indexOf(className);
    if (label >= 0) return { path, local: files.get(path)!, part, label };
    throw unusable(path, {
      received: `class "${className}"`,
      expected: `one of the training classes: ${listed(classNames)}`,
      remedy: `Add training ${kind.name}s of that class, or remove it.`,
    });
  });
  return { classNames, images };
}

function placeAll(paths: string[], kind: LayoutKind): { path: string; part: PartName; className: string }[] {
  const split = paths.map((path) => path.split('/'));
  const above = foldersAbove(split);
  const rest = split.map((segments) => segments.slice(above));
  const byPart = rest.some((segments) => segments.length === 3 && partNamed(segments[0]!) !== undefined);
  return rest.map((segments, index) => {
    const path = paths[index]!;
    const part = byPart ? partNamed(segments[0]!) : 'train';
    if (segments.length !== (byPart ? 3 : 2) || !part) {
      throw corrupt(path, { received: `${kind === IMAGE_FILES ? 'an image' : `a ${kind.name}`} outside this layout`, expected: expectedOf(kind), remedy: `Move the ${kind.name}s into one folder a class.` });
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
