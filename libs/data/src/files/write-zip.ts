import { crc32 } from 'node:zlib';

/** A file of an archive. */
export interface StoredFile {
  name: string;
  data: Uint8Array;
}

const VERSION = 20;
/** Names are UTF-8. */
const FLAGS = 0x800;
/** 1980-01-01, the first date that there is: the same bytes whenever they are written. */
const DATE = 0x21;
const MAX_BYTES = 0xffffffff;

/**
 * A zip archive of files as they are, not compressed; the same for the same files.
 * Source: PKWARE, APPNOTE.TXT 6.3.
 */
export function storedZip(files: readonly StoredFile[]): Buffer {
  const [locals, central]: [Uint8Array[], Uint8Array[]] = [[], []];
  let offset = 0;
  for (const { name, data } of files) {
    const path = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(VERSION, 0);
    common.writeUInt16LE(FLAGS, 2);
    common.writeUInt16LE(DATE, 8);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(path.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    locals.push(Buffer.from('PK\x03\x04'), common, path, data);
    central.push(Buffer.from('PK\x01\x02'), Buffer.from([VERSION, 0]), common, place, path);
    offset += 4 + common.length + path.length + data.length;
    if (offset > MAX_BYTES) throw new RangeError(`${offset} bytes; expected at most ${MAX_BYTES} in a zip archive without ZIP64`);
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}
