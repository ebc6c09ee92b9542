import { Option, type Command } from 'commander';
import { filesAt, pages, uploadDataset, type Input, type UploadFile } from '@quartet/client';
import { BadFilePolicy, ChannelPolicy, Dataset, DatasetFormat, frequencyToJSON, ImportDatasetResponse, MissingPolicy, partToJSON, type DatasetOptions, type TimeAxis } from '@quartet/contracts';
import { number, seed } from '../arguments';
import { action, type Context } from '../context';
import { bytes, count, enumName, startProgress, time, UsageError, writeDocument, writeJsonLine, writeTable, type Output } from '../output';

const FORMATS = {
  idx: DatasetFormat.DATASET_FORMAT_IDX,
  numpy: DatasetFormat.DATASET_FORMAT_NUMPY,
  csv: DatasetFormat.DATASET_FORMAT_CSV,
  images: DatasetFormat.DATASET_FORMAT_IMAGE_FOLDER,
  series: DatasetFormat.DATASET_FORMAT_SERIES,
  ts: DatasetFormat.DATASET_FORMAT_TS,
  text: DatasetFormat.DATASET_FORMAT_TEXT_CSV,
  pairs: DatasetFormat.DATASET_FORMAT_PAIRS,
  tagged: DatasetFormat.DATASET_FORMAT_TAGGED,
  recordings: DatasetFormat.DATASET_FORMAT_RECORDINGS,
  captions: DatasetFormat.DATASET_FORMAT_CAPTIONS,
} as const;

interface ReadOptions {
  format?: keyof typeof FORMATS;
  labelColumn?: string;
  validation?: number;
  test?: number;
  splitSeed?: bigint;
  height?: number;
  width?: number;
  channels?: number;
  skipBadFiles?: boolean;
  timeColumn?: string;
  columns?: string[];
  interpolate?: boolean;
  textColumn?: string;
  sourceColumn?: string;
  targetColumn?: string;
  sampleRate?: number;
  mix?: boolean;
}

const readOptions = (command: Command): Command =>
  command
    .addOption(new Option('--format <format>', 'how to read the files (default: by their names)').choices(Object.keys(FORMATS)))
    .option('--label-column <name>', 'CSV: the column with the class (default: the last); of texts, transcripts and captions: if there is one')
    .option('--validation <share>', 'share of the training part for validation (default: 0.1)', number(0, 0.9))
    .option('--test <share>', 'share set aside for test where the data brings no test part (default: 0, of a series its last 0.15, of a .txt its last 0.05)', number(0, 0.9))
    .option('--split-seed <n>', 'seed of the split (default: 0)', seed)
    .option('--height <pixels>', 'images: resize to this height', number(1, 4096, true))
    .option('--width <pixels>', 'images: resize to this width', number(1, 4096, true))
    .option('--channels <n>', 'images: 1 grey, 3 RGB, 4 RGBA (default: as the first image)', number(1, 4, true))
    .option('--skip-bad-files', 'leave out files that cannot be read, instead of failing')
    .option('--time-column <name>', 'series: the column with the times (default: the first that holds times)')
    .option('--columns <names...>', 'series: the columns to keep (default: all that hold numbers)')
    .option('--interpolate', 'series: fill missing values and rows in, instead of failing')
    .option('--text-column <name>', 'texts, transcripts, captions: the column with the text (default: text)')
    .option('--source-column <name>', 'pairs: the column with what comes in (default: source, or the first)')
    .option('--target-column <name>', 'pairs: the column with what should come out (default: target, or the second)')
    .option('--sample-rate <hz>', 'recordings: resample to this rate (default: all must have the first one\'s)', number(4000, 192_000, true))
    .option('--mix', 'recordings: mix several channels, instead of failing');

function toOptions(options: ReadOptions, format: DatasetFormat): Input<DatasetOptions> {
  return {
    format,
    labelColumn: options.labelColumn,
    validationShare: options.validation,
    testShare: options.test,
    splitSeed: options.splitSeed,
    imageHeight: options.height,
    imageWidth: options.width,
    imageChannels: options.channels,
    badFiles: options.skipBadFiles ? BadFilePolicy.BAD_FILE_POLICY_SKIP : undefined,
    timeColumn: options.timeColumn,
    valueColumns: options.columns,
    missing: options.interpolate ? MissingPolicy.MISSING_POLICY_INTERPOLATE : undefined,
    textColumn: options.textColumn,
    sourceColumn: options.sourceColumn,
    targetColumn: options.targetColumn,
    sampleRate: options.sampleRate,
    channels: options.mix ? ChannelPolicy.CHANNEL_POLICY_MIX : undefined,
  };
}

/** The format that files' names speak of. @throws UsageError if they speak of none. */
function guessFormat(files: readonly UploadFile[]): DatasetFormat {
  const any = (pattern: RegExp) => files.some(({ path }) => pattern.test(path));
  if (any(/idx[1-4]-ubyte(\.gz)?$/i)) return FORMATS.idx;
  if (any(/\.np[yz]$/i)) return FORMATS.numpy;
  if (any(/\.ts$/i)) return FORMATS.ts;
  if (any(/\.(wav|flac)$/i)) return FORMATS.recordings;
  if (any(/(^|\/)captions\.(csv|tsv)$/i)) return FORMATS.captions;
  if (any(/\.(conll|bio|iob2?)$/i)) return FORMATS.tagged;
  if (any(/\.txt$/i)) return FORMATS.text;
  if (any(/\.tsv$/i)) return FORMATS.pairs;
  if (any(/\.csv$/i)) return FORMATS.csv;
  if (any(/\.(png|jpe?g|zip)$/i)) return FORMATS.images;
  throw new UsageError(`cannot tell the format of ${files[0]?.path ?? 'the files'} from its name; give --format ${Object.keys(FORMATS).join(', ')}`);
}

function guessFormatOfUri(uri: string): DatasetFormat {
  if (uri.startsWith('builtin:')) return DatasetFormat.DATASET_FORMAT_UNSPECIFIED; // A built-in brings its own.
  try {
    return guessFormat([{ path: uri, source: '', size: 0 }]);
  } catch {
    return FORMATS.images;
  }
}

/** `a row a day from 2012-01-01; temp_max, wind; 5 values interpolated`. */
function seriesLine(columns: readonly string[], { frequency, every, originMs, interpolated }: TimeAxis): string {
  const step = enumName(frequencyToJSON(frequency), 'FREQUENCY_').replaceAll('_', ' ');
  const from = new Date(Number(originMs)).toISOString().replace('T00:00:00.000Z', '');
  const filled = interpolated > 0 ? `; ${interpolated} values interpolated` : '';
  return `a row every ${every > 1 ? `${every} ${step}s` : step} from ${from}; ${columns.join(', ')}${filled}`;
}

export function describeDataset(out: Output, dataset: Dataset): void {
  const schema = dataset.schema;
  const what = schema?.time ? seriesLine(schema.columns, schema.time) : `examples of shape [${schema?.exampleShape.join(', ')}], ${schema?.classNames.length} classes`;
  out.line(`${out.paint('bold', dataset.name)}: ${schema?.kind ?? ''} data, ${what}`);
  out.line(`source ${dataset.source || 'upload'}, made ${time(dataset.createdAt)}, digest ${dataset.digest.slice(0, 16)}`);
  const rounded = (values: number[] = []) => values.map((value) => value.toFixed(4)).join(', ');
  if (schema && schema.mean.length <= 8) out.line(`mean [${rounded(schema.mean)}], standard deviation [${rounded(schema.standardDeviation)}] of the training part`);
  const names = schema?.classNames ?? [];
  const shown = names.slice(0, 12);
  const columns = [{ title: 'PART' }, { title: 'EXAMPLES', align: 'right' as const }, ...shown.map((title) => ({ title, align: 'right' as const }))];
  writeTable(out, columns, dataset.parts.map((part) => [enumName(partToJSON(part.part), 'PART_'), count(part.count), ...shown.map((_, at) => count(part.classCounts[at] ?? 0n))]));
  if (names.length > shown.length) out.line(`and ${names.length - shown.length} more classes (--json shows all)`);
  if (dataset.skippedFiles.length > 0) out.line(`${out.paint('yellow', 'left out:')} ${dataset.skippedFiles.join(', ')}`);
}

async function list({ client, out, json }: Context): Promise<void> {
  const datasets: Dataset[] = [];
  for await (const dataset of pages(client.datasets.listDatasets, {}, (page) => page.datasets)) datasets.push(dataset);
  if (json) return writeDocument(out, datasets.map((dataset) => Dataset.toJSON(dataset)));
  if (datasets.length === 0) return out.line('No data sets yet; `quartet data import mnist builtin:mnist` loads one.');
  const columns = [{ title: 'NAME' }, { title: 'KIND' }, { title: 'SHAPE' }, { title: 'CLASSES', align: 'right' as const }, { title: 'EXAMPLES', align: 'right' as const }, { title: 'MADE' }];
  const total = (dataset: Dataset) => dataset.parts.reduce((sum, part) => sum + part.count, 0n);
  writeTable(out, columns, datasets.map((d) => [d.name, d.schema?.kind ?? '', d.schema?.exampleShape.join('×') ?? '', String(d.schema?.classNames.length ?? 0), count(total(d)), time(d.createdAt)]));
}

async function importData({ client, out, json }: Context, name: string, uri: string, options: ReadOptions): Promise<void> {
  const format = options.format ? FORMATS[options.format] : guessFormatOfUri(uri);
  const progress = json ? undefined : startProgress(out, `import ${name}`);
  let dataset: Dataset | undefined;
  try {
    for await (const response of client.datasets.importDataset({ name, uri, options: toOptions(options, format) })) {
      if (json) writeJsonLine(out, ImportDatasetResponse.toJSON(response));
      if (response.message?.$case === 'dataset') dataset = response.message.value;
      if (response.message?.$case !== 'progress') continue;
      const { stage, done, total, unit } = response.message.value;
      const size = (value: bigint) => (unit === 'bytes' ? bytes(Number(value)) : `${count(value)} ${unit}`);
      progress?.update(Number(done), Number(total), `${stage} ${total > 0n ? `${size(done)} of ${size(total)}` : size(done)}`);
    }
  } finally {
    progress?.stop();
  }
  if (!json && dataset) describeDataset(out, dataset);
}

async function upload({ client, out, json }: Context, name: string, path: string, options: ReadOptions): Promise<void> {
  const files = await filesAt(path);
  const format = options.format ? FORMATS[options.format] : guessFormat(files);
  const progress = json ? undefined : startProgress(out, `upload ${name}`);
  const onProgress = ({ sentBytes, totalBytes, path: file }: { sentBytes: number; totalBytes: number; path: string }) =>
    progress?.update(sentBytes, totalBytes, sentBytes === totalBytes ? `${bytes(sentBytes)}; the registry reads and checks it` : `${bytes(sentBytes)} of ${bytes(totalBytes)}  ${file}`);
  let dataset: Dataset;
  try {
    dataset = await uploadDataset(client, name, toOptions(options, format), files, { onProgress });
  } finally {
    progress?.stop();
  }
  if (json) writeDocument(out, Dataset.toJSON(dataset));
  else describeDataset(out, dataset);
}

async function show({ client, out, json }: Context, name: string): Promise<void> {
  const dataset = await client.datasets.getDataset({ name });
  if (json) writeDocument(out, Dataset.toJSON(dataset));
  else describeDataset(out, dataset);
}

async function remove({ client, out, json }: Context, name: string): Promise<void> {
  await client.datasets.deleteDataset({ name });
  if (json) writeDocument(out, { deleted: name });
  else out.line(`Data set ${name} is deleted.`);
}

export function addDataCommands(program: Command): void {
  const data = program.command('data').description('data sets');
  data.command('list').description('list the data sets').action(action(list));
  readOptions(data.command('import').description('import from builtin:mnist, file:///path or s3://bucket/key').argument('<name>').argument('<uri>')).action(action(importData));
  readOptions(data.command('upload').description('upload a file or folder: IDX, NumPy, CSV (a table, or with --format series a series), .ts, or a folder of images a class').argument('<name>').argument('<path>')).action(action(upload));
  data.command('show').description('show what a data set holds').argument('<name>').action(action(show));
  data.command('delete').description('delete a data set').argument('<name>').action(action(remove));
}
