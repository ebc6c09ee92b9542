import { QuartetError } from '@quartet/contracts';

const MAX_PATH_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;

/** What is wrong with a path inside a data set, or undefined if nothing is. */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  if (/[\x00-\x1f\x7f]/.test(path)) return 'has a control character';
  if (path.includes('\\')) return 'has a backslash';
  if (path.startsWith('/') || /^[a-zA-Z]:/.test(path)) return 'is absolute';
  for (const segment of path.split('/')) {
    if (segment === '..') return 'climbs with ".."';
    if (segment === '' || segment === '.') return 'has an empty or "." segment';
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return `has a segment longer than ${MAX_SEGMENT_BYTES} bytes`;
  }
  return undefined;
}

/**
 * Checks the path of an uploaded file inside its data set: relative, with `/`, never climbing. Whoever stores the file
 * below a folder by this name then stays below that folder.
 *
 * @param field Where the path stands in the request, for the error.
 * @returns The path itself.
 * @throws QuartetError INVALID_FIELD
 */
export function checkRelativePath(path: string, field = 'path'): string {
  const wrong = pathProblem(path);
  if (wrong === undefined) return path;
  throw QuartetError.invalid(
    field,
    `${JSON.stringify(path.slice(0, 200))} ${wrong}; expected a relative path with "/" such as "train/cats/1.png". Rename the file.`,
  );
}

/** The order in which files are taken: by UTF-16 code unit, which no locale changes. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The last segment of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
