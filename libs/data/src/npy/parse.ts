import { fromFortranOrder, shapeText, viewElements, type RawArray } from '../arrays/raw-array';
import { corrupt } from '../problems';
import { parseNpyHeader, type NpyHeader } from './header';

/**
 * Reads a whole .npy file from memory: row-major, in this machine's byte order, whatever the file's.
 * @param bytes Given up by the caller: the array may be a view of them.
 * @throws QuartetError CORRUPT_DATA
 */
export function parseNpy(bytes: Buffer, file: string): RawArray {
  const header = parseNpyHeader(bytes, file);
  checkDataLength(header, bytes.length - header.offset, file);
  const view = viewElements(bytes.subarray(header.offset), header.type, header.bigEndian);
  const { type, shape } = header;
  return { type, shape, data: header.fortranOrder && shape.length > 1 ? fromFortranOrder(view, shape) : view };
}

/** Refuses a file that holds fewer or more bytes of data than its header says. */
export function checkDataLength(header: NpyHeader, received: number, file: string): void {
  if (received === header.byteLength) return;
  throw corrupt(file, {
    received: `${received} bytes of data`,
    expected: `${header.byteLength} for shape ${shapeText(header.shape)} of type ${header.type}`,
    remedy:
      received < header.byteLength
        ? 'The file is truncated: copy or upload it again.'
        : 'There are bytes after the array: save it again with numpy.save.',
  });
}
