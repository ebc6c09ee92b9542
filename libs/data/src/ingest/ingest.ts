import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listFolder } from '../files/list-folder';
import { tooLarge } from '../files/read-file';
import { tooManyFiles } from '../files/zip';
import { readerOf } from '../formats/readers';
import { resolveLimits } from '../limits';
import { byCodeUnit, pathProblem } from '../paths';
import { corrupt, unusable } from '../problems';
import type { DatasetSchema, IngestContext, IngestedPart, IngestInput, IngestOptions, IngestResult, Limits } from '../types';
import { resolveOptions } from './options';
import { partition } from './partition';
import type { Source } from './source';
import { statistics } from './statistics';
import { isRecordKind } from '../records/kinds';
import { writeRecords } from '../records/write-records';
import { writePart } from './write-part';

/**
 * Reads files of a standard format, checks them, splits them and writes them in canonical form: for each part one .npy
 * of examples, `<part>-examples.npy`, and one of int32 labels, `<part>-labels.npy`.
 *
 * The same files and options give the same bytes and digest on every machine; JPEG images do as long as the decoder's
 * version (sharp) is the same.
 *
 * @param outDir Folder for the .npy files; made if missing. What fails leaves partial files in it.
 * @throws QuartetError CORRUPT_DATA, UNUSABLE_DATASET, LIMIT_EXCEEDED, INVALID_FIELD, CANCELLED
 */
export async function ingest(input: IngestInput, options: IngestOptions, outDir: string, context: IngestContext = {}): Promise<IngestResult> {
  const resolved = resolveOptions(options);
  const limits = resolveLimits(context.limits);
  const { signal, onProgress = () => {} } = context;
  const files = await listInput(input, limits);
  await mkdir(outDir, { recursive: true });
  let scratch: string | undefined;
  try {
    const source = await readerOf(resolved.format)({
      files,
      options: resolved,
      context: { limits, signal, video: context.video },
      onProgress,
      scratch: async () => (scratch ??= await mkdtemp(join(outDir, '.unpacked-'))),
    });
    return await store(source, resolved, outDir, context);
  } finally {
    if (scratch) await rm(scratch, { recursive: true, force: true });
  }
}

async function listInput(input: IngestInput, limits: Limits): Promise<ReadonlyMap<string, string>> {
  const given = 'folder' in input ? await listFolder(input.folder, await realpath(input.folder), limits) : input.files;
  if (given.size === 0) throw unusable('data set', { received: 'no file', expected: 'at least one', remedy: 'Send files.' });
  if (given.size > limits.maxFiles) throw tooManyFiles('data set', given.size, limits.maxFiles);
  let bytes = 0;
  for (const [path, local] of given) {
    const wrong = pathProblem(path);
    if (wrong) throw corrupt(JSON.stringify(path), { received: `the path ${wrong}`, expected: 'a relative path', remedy: 'Rename the file.' });
    bytes += (await stat(local)).size;
    if (bytes > limits.maxBytes) throw tooLarge('data set', bytes, limits);
  }
  return new Map([...given].sort(([a], [b]) => byCodeUnit(a, b)));
}

async function store(source: Source, options: ReturnType<typeof resolveOptions>, outDir: string, context: IngestContext): Promise<IngestResult> {
  const { parts: rows, classCounts } = partition(source, options);
  const total = rows.reduce((sum, part) => sum + part.rows.length, 0);
  const parts: IngestedPart[] = [];
  const hashes: { part: string; count: number; examples: string; labels: string }[] = [];
  let target = source.target && { ...source.target, mean: [] as number[], standardDeviation: [] as number[] };
  let normalization: ReturnType<typeof statistics> = { mean: [], standardDeviation: [] };
  let done = 0;
  for (const { part, from, rows: selected } of rows) {
    const { lengths } = from;
    const written = lengths
      ? await writeRecords(part, { ...from, lengths }, selected, outDir, context.signal)
      : await writePart(part, from, selected, source.exampleShape, outDir, context.signal);
    if (part === 'train' && !isRecordKind(source.kind)) normalization = statistics(written.examples, source.exampleShape.at(-1)!);
    if (part === 'train' && target?.kind === 'numbers' && 'targets' in written) target = { ...target, ...statistics(written.targets!, target.names.length) };
    parts.push({ part, count: selected.length, examplesFile: written.examplesFile, labelsFile: written.labelsFile, classCounts: classCounts[part] ?? [] });
    hashes.push({ part, count: selected.length, examples: written.examplesHash, labels: written.labelsHash });
    context.onProgress?.({ stage: 'store', done: (done += selected.length), total, unit: 'examples' });
  }
  const schema: DatasetSchema = {
    kind: source.kind,
    exampleShape: source.exampleShape,
    dtype: source.parts.train.examples instanceof Uint8Array ? 'uint8' : 'float32',
    classNames: source.classNames,
    columns: source.columns,
    ...normalization,
    ...(source.time && { time: source.time }),
    ...(source.sampleRate && { sampleRate: source.sampleRate }),
    ...(target && { target }),
  };
  const digest = createHash('sha256').update(JSON.stringify([schema, hashes])).digest('hex');
  return { schema, parts, skippedFiles: source.skippedFiles, digest };
}
