import type { Command } from 'commander';
import { filesAt, pages, uploadDataset } from '@quartet/client';
import { Dataset, frequencyToJSON, ImportDatasetResponse, partToJSON, type DatasetSchema, type TimeAxis } from '@quartet/contracts';
import { action, type Context } from '../context';
import { excerpt, isRecords } from '../data/excerpt';
import { FORMATS, guessFormat, guessFormatOfUri, readOptions, toOptions, type ReadOptions } from '../data/read-options';
import { bytes, count, enumName, startProgress, time, writeDocument, writeJsonLine, writeTable, type Output } from '../output';

/** `a row a day from 2012-01-01; temp_max, wind; 5 values interpolated`. */
function seriesLine(columns: readonly string[], { frequency, every, originMs, interpolated }: TimeAxis): string {
  const step = enumName(frequencyToJSON(frequency), 'FREQUENCY_').replaceAll('_', ' ');
  const from = new Date(Number(originMs)).toISOString().replace('T00:00:00.000Z', '');
  const filled = interpolated > 0 ? `; ${interpolated} values interpolated` : '';
  return `a row every ${every > 1 ? `${every} ${step}s` : step} from ${from}; ${columns.join(', ')}${filled}`;
}

function whatIs(schema: DatasetSchema): string {
  const { kind, columns, exampleShape, classNames, sampleRate } = schema;
  if (schema.time) return seriesLine(columns, schema.time);
  if (!isRecords(kind)) return `examples of shape [${exampleShape.join(', ')}], ${classNames.length} classes`;
  const seconds = (length: bigint): string => `${(Number(length) / 2 / sampleRate).toFixed(1)} s at ${sampleRate} Hz`;
  const longest = columns.map((name, at) => `${name} of at most ${name === 'audio' ? seconds(exampleShape[at]!) : bytes(Number(exampleShape[at]))}`);
  return `${longest.join(', ')}; ${classNames.length > 0 ? `${classNames.length} ${kind === 'tagged' ? 'tags' : 'classes'}` : 'no classes'}`;
}

export function describeDataset(out: Output, dataset: Dataset): void {
  const schema = dataset.schema;
  out.line(`${out.paint('bold', dataset.name)}: ${schema?.kind ?? ''} data, ${schema ? whatIs(schema) : ''}`);
  out.line(`source ${dataset.source || 'upload'}, made ${time(dataset.createdAt)}, digest ${dataset.digest.slice(0, 16)}`);
  const rounded = (values: number[] = []) => values.map((value) => value.toFixed(4)).join(', ');
  if (schema && schema.mean.length > 0 && schema.mean.length <= 8) out.line(`mean [${rounded(schema.mean)}], standard deviation [${rounded(schema.standardDeviation)}] of the training part`);
  const names = schema?.classNames ?? [];
  const shown = schema?.kind === 'tagged' ? [] : names.slice(0, 12);
  const columns = [{ title: 'PART' }, { title: 'EXAMPLES', align: 'right' as const }, ...shown.map((title) => ({ title, align: 'right' as const }))];
  writeTable(out, columns, dataset.parts.map((part) => [enumName(partToJSON(part.part), 'PART_'), count(part.count), ...shown.map((_, at) => count(part.classCounts[at] ?? 0n))]));
  if (schema?.kind === 'tagged') out.line(`tags ${names.slice(0, 40).join(', ')}${names.length > 40 ? ', ...' : ''}`);
  else if (names.length > shown.length) out.line(`and ${names.length - shown.length} more classes (--json shows all)`);
  if (dataset.skippedFiles.length > 0) out.line(`${out.paint('yellow', 'left out:')} ${dataset.skippedFiles.join(', ')}`);
}

async function list({ client, out, json }: Context): Promise<void> {
  const datasets: Dataset[] = [];
  for await (const dataset of pages(client.datasets.listDatasets, {}, (page) => page.datasets)) datasets.push(dataset);
  if (json) return writeDocument(out, datasets.map((dataset) => Dataset.toJSON(dataset)));
  if (datasets.length === 0) return out.line('No data sets yet; `quartet data import mnist builtin:mnist` loads one.');
  const columns = [{ title: 'NAME' }, { title: 'KIND' }, { title: 'SHAPE OR FIELDS' }, { title: 'CLASSES', align: 'right' as const }, { title: 'EXAMPLES', align: 'right' as const }, { title: 'MADE' }];
  const total = (dataset: Dataset) => dataset.parts.reduce((sum, part) => sum + part.count, 0n);
  writeTable(out, columns, datasets.map((d) => [d.name, d.schema?.kind ?? '', d.schema && isRecords(d.schema.kind) ? d.schema.columns.join(' + ') : (d.schema?.exampleShape.join('×') ?? ''), String(d.schema?.classNames.length ?? 0), count(total(d)), time(d.createdAt)]));
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
  if (json) return writeDocument(out, Dataset.toJSON(dataset));
  describeDataset(out, dataset);
  for (const line of await excerpt(client, dataset)) out.line(line);
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
  readOptions(data.command('upload').description('upload a file or folder: IDX, NumPy, CSV (a table, or with --format series, text, pairs), .ts, .txt, .conll, a folder of images, videos or recordings a class, with transcripts or captions').argument('<name>').argument('<path>')).action(action(upload));
  data.command('show').description('show what a data set holds').argument('<name>').action(action(show));
  data.command('delete').description('delete a data set').argument('<name>').action(action(remove));
}
