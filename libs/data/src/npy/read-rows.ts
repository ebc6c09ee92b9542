import { open, type FileHandle } from 'node:fs/promises';
import { bytesPerElement, elementsIn, viewElements, type RawArray } from '../arrays/raw-array';
import { QuartetError } from '@quartet/contracts';
import { npyHeaderEnd, NPY_PRELUDE_BYTES, parseNpyHeader, type NpyHeader } from './header';
import { checkDataLength } from './parse';

/** Largest read at once: Node's own bound is 2 GiB. */
const CHUNK_BYTES = 512 * 1024 * 1024;

/**
 * Reads rows (along the first dimension) of a row-major .npy file, and of the rest only the header.
 *
 * @param count Rows wanted; fewer come back at the end of the array. Default: all.
 * @throws QuartetError CORRUPT_DATA
 */
export async function readNpyRows(file: string, offset = 0, count = Number.MAX_SAFE_INTEGER): Promise<RawArray> {
  const handle = await open(file, 'r');
  try {
    const header = await readHeader(handle, file);
    const [rows = 1, ...rest] = header.shape;
    const [from, taken] = [Math.min(offset, rows), Math.max(0, Math.min(count, rows - offset))];
    const rowBytes = elementsIn(rest) * bytesPerElement(header.type);
    const bytes = await readExactly(handle, header.offset + from * rowBytes, taken * rowBytes);
    return { type: header.type, shape: [taken, ...rest], data: viewElements(bytes, header.type, header.bigEndian) };
  } finally {
    await handle.close();
  }
}

async function readHeader(handle: FileHandle, file: string): Promise<NpyHeader> {
  const { size } = await handle.stat();
  const prelude = await readExactly(handle, 0, Math.min(size, NPY_PRELUDE_BYTES));
  const header = parseNpyHeader(await readExactly(handle, 0, Math.min(size, npyHeaderEnd(prelude, file))), file);
  checkDataLength(header, size - header.offset, file);
  if (header.fortranOrder && header.shape.length > 1) {
    throw new QuartetError('CORRUPT_DATA', `${file}: Fortran order; expected C order, as a data set's own files have. Import the data again.`);
  }
  return header;
}

async function readExactly(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(CHUNK_BYTES, length - at), position + at);
    if (bytesRead === 0) {
      throw new QuartetError('CORRUPT_DATA', `The file ended at byte ${position + at}; expected ${length - at} more. Import the data again.`);
    }
    at += bytesRead;
  }
  return bytes;
}
