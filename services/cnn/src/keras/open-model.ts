import { open, readFile } from 'node:fs/promises';
import { openZip, type CheckedZip } from '@quartet/data';
import { Hdf5 } from './hdf5';
import { corrupt } from './problems';
import { archiveWeights, legacyWeights, type KerasWeights } from './weights';

export interface OpenModel {
  /** The model's config, as Keras wrote it. */
  config: unknown;
  /** `keras 3.15.1`; empty if it doesn't say. */
  producer: string;
  weights: KerasWeights;
}

/** A config is some kilobytes; that of a model with 1000 layers about one megabyte. */
const MAX_CONFIG_BYTES = 16 * 1024 * 1024;
const MAX_ARCHIVE_FILES = 1000;
/** Weights hardly compress, and Keras doesn't try. */
const MAX_RATIO = 100;
const [CONFIG, METADATA, WEIGHTS] = ['config.json', 'metadata.json', 'model.weights.h5'];

/**
 * Opens a model that Keras saved: `.keras`, by what Keras 3 writes, or `.h5`, by what Keras 2 and 3 write. Which of them it is is seen from its
 * first bytes.
 * @param name Of the file, for messages. @param maxBytes Unpacked.
 * @throws QuartetError CORRUPT_DATA, LIMIT_EXCEEDED
 */
export async function openModel(path: string, name: string, maxBytes: number): Promise<OpenModel> {
  const head = await headOf(path);
  if (head.subarray(0, 4).equals(Buffer.from('PK\x03\x04'))) return openArchive(path, name, maxBytes);
  if (head.equals(Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'))) return openLegacy(await readFile(path), name);
  throw corrupt(name, head.length === 0 ? 'an empty file' : `a file that begins with ${JSON.stringify(head.toString('latin1'))}`, 'a .keras or .h5 file', 'Save the model with model.save("model.keras")');
}

async function headOf(path: string): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function openArchive(path: string, name: string, maxBytes: number): Promise<OpenModel> {
  const zip = await openZip(path, name, { limits: { maxBytes, maxFiles: MAX_ARCHIVE_FILES, maxRatio: MAX_RATIO, maxPixels: 0 } });
  try {
    const config = JSON.parse((await readEntry(zip, name, CONFIG, MAX_CONFIG_BYTES)).toString('utf8')) as unknown;
    const metadata = zip.entries.has(METADATA) ? (JSON.parse((await readEntry(zip, name, METADATA, MAX_CONFIG_BYTES)).toString('utf8')) as { keras_version?: unknown }) : {};
    const weights = archiveWeights(await Hdf5.open(await readEntry(zip, name, WEIGHTS, maxBytes), `${name}/${WEIGHTS}`));
    return { config, producer: producerOf(metadata.keras_version), weights };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw corrupt(name, `JSON that can't be read (${error.message})`, 'the config.json and metadata.json of a .keras file', 'Save or copy the model again', error);
  } finally {
    zip.close();
  }
}

async function readEntry(zip: CheckedZip, name: string, path: string, maxBytes: number): Promise<Buffer> {
  const entry = zip.entries.get(path);
  if (!entry) {
    const has = [...zip.entries.keys()].slice(0, 5).join(', ') || 'nothing';
    throw corrupt(name, `an archive without ${path} (it has ${has})`, `a .keras file, with ${CONFIG}, ${METADATA} and ${WEIGHTS}`, 'Save the model with model.save("model.keras")');
  }
  if (entry.uncompressedSize > maxBytes) throw corrupt(name, `a ${path} of ${entry.uncompressedSize} bytes`, `at most ${maxBytes}`, 'Save or copy the model again');
  return zip.read(entry);
}

async function openLegacy(bytes: Uint8Array, name: string): Promise<OpenModel> {
  const file = await Hdf5.open(bytes, name);
  const text = file.attribute('/', 'model_config');
  if (typeof text !== 'string') {
    throw corrupt(name, 'an HDF5 file with no model_config', 'a whole model, with its layers', 'A file of weights alone says nothing of the layers: save the model with model.save("model.keras")');
  }
  try {
    return { config: JSON.parse(text) as unknown, producer: producerOf(file.attribute('/', 'keras_version')), weights: legacyWeights(file) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw corrupt(name, `a model_config that can't be read (${error.message})`, 'JSON', 'Save or copy the model again', error);
  }
}

const producerOf = (version: unknown): string => (typeof version === 'string' ? `keras ${version.slice(0, 40)}` : '');
