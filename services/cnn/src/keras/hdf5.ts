import { QuartetError } from '@quartet/contracts';
import type { Attribute, Dataset, File as H5File, Group } from 'h5wasm';
import { corrupt } from './problems';

/** A dataset's place and form; nothing of its content is read before `read`. */
export interface StoredArray {
  shape: number[];
  /** @throws QuartetError CORRUPT_DATA unless it holds 32-bit floats */
  read(): Float32Array;
}

let opened = 0;

/**
 * An HDF5 file, read by the HDF5 library itself, compiled to WebAssembly. The file lies in a file system in memory: HDF5 files can name
 * other files that belong to them (external links, external storage), and there are none there.
 */
export class Hdf5 {
  private constructor(
    readonly name: string,
    private readonly file: H5File,
    private readonly groupClass: typeof Group,
    private readonly datasetClass: typeof Dataset,
  ) {}

  /** @param name Of the file, for messages. @throws QuartetError CORRUPT_DATA */
  static async open(bytes: Uint8Array, name: string): Promise<Hdf5> {
    const { ready, File, Group: groupClass, Dataset: datasetClass } = await import('h5wasm');
    const library = await ready;
    const { FS } = library;
    if (!FS) throw new QuartetError('INTERNAL', 'the HDF5 library has no file system');
    // Without this a read that failed gives whatever the memory held.
    library.activate_throwing_error_handler();
    // The library takes two files at one path, one after the other, for the same.
    const path = `/model-${opened++}.h5`;
    FS.writeFile(path, bytes);
    return guarded(name, () => new Hdf5(name, new File(path, 'r'), groupClass, datasetClass));
  }

  /** An attribute of a group; undefined: there is none, or no such group. */
  attribute(group: string, attribute: string): unknown {
    return guarded(this.name, () => {
      const found = group === '/' ? this.file : this.file.get(group);
      const attributes = (found as { attrs?: Record<string, Attribute> } | null)?.attrs;
      return attributes && Object.hasOwn(attributes, attribute) ? attributes[attribute]?.value : undefined;
    });
  }

  /** Names of what is in a group; none where there is no such group. */
  children(group: string): string[] {
    return guarded(this.name, () => {
      const found = this.file.get(group);
      return found instanceof this.groupClass ? found.keys() : [];
    });
  }

  /** undefined: no dataset is there. */
  array(path: string): StoredArray | undefined {
    return guarded(this.name, () => {
      const found = this.file.get(path);
      if (!(found instanceof this.datasetClass)) return undefined;
      const { shape, dtype } = found;
      return { shape: [...(shape ?? [])], read: () => guarded(this.name, () => floats(found.value, `${this.name}/${path}`, JSON.stringify(dtype))) };
    });
  }
}

function floats(value: unknown, name: string, dtype: string): Float32Array {
  if (value instanceof Float32Array) return value;
  throw corrupt(name, `numbers of type ${dtype}`, '32-bit floats', 'Save the model with dtype float32');
}

/** What the HDF5 library says of a damaged file becomes a problem of the file. */
function guarded<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (QuartetError.is(error)) throw error;
    throw corrupt(name, `HDF5 content that can't be read (${String((error as Error).message ?? error).split('\n')[0]?.slice(0, 200)})`, 'a complete HDF5 file', 'Save or copy the model again', error);
  }
}
