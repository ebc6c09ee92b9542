import type { Command } from 'commander';
import { tensorToFloat32, type Input } from '@quartet/client';
import type { cnn, ModelRef } from '@quartet/contracts';
import { modelRef, number } from '../arguments';
import { action, type Context } from '../context';
import { readImages } from '../images/read-images';
import { percent, UsageError, writeDocument, writeTable } from '../output';
import { isVideoFile, predictVideos, refuseVideoOptions, withVideoOptions, type VideoOptions } from './predict-videos';

/** Images a request: below the least batch limit that makes sense, so that any server takes it. */
const BATCH = 64;

export interface PredictOptions extends VideoOptions {
  mirror?: boolean;
  shift?: number;
  unsureBelow?: number;
  numbers?: boolean;
}

interface Named extends cnn.Classification {
  name: string;
}

export async function predict(context: Context, model: Input<ModelRef>, files: string[], options: PredictOptions): Promise<void> {
  const { client, out, json } = context;
  const videos = files.filter(isVideoFile);
  if (videos.length > 0 && videos.length < files.length) throw new UsageError(`${videos[0]} is a video and ${files.find((file) => !isVideoFile(file))} is not; name files of one kind`);
  if (videos.length > 0) return predictVideos(context, model, videos, options);
  refuseVideoOptions(options);
  if (options.numbers) return predictNumbers(context, model, files, options);
  const images = files.flatMap(readImages);
  const results: Named[] = [];
  let version = 0n;
  for (let at = 0; at < images.length; at += BATCH) {
    const some = images.slice(at, at + BATCH);
    const input = { $case: 'images' as const, value: { images: some.map(({ image }) => image) } };
    const response = await client.cnn.classify({ model, input, topK: options.top, unsureBelow: options.unsureBelow, testTimeAugmentation: averagingOf(options) });
    version = response.modelVersion;
    response.results.forEach((result, index) => results.push({ name: some[index]?.name ?? '', ...result }));
  }
  if (json) return writeDocument(out, { model: model.name, version: Number(version), results: results.map(({ name, classes, unsure }) => ({ file: name, classes, ...(unsure && { unsure }) })) });
  const columns = [{ title: 'IMAGE' }, { title: 'CLASS' }, { title: 'PROBABILITY', align: 'right' as const }];
  writeTable(out, columns, results.flatMap(rowsOf));
  out.line(out.paint('dim', `answered by ${model.name} version ${version}`));
}

function rowsOf({ name, classes, unsure }: Named): string[][] {
  // Of labels an image may have none.
  if (classes.length === 0) return [[name, '(none)', '']];
  return classes.map((score, rank) => [rank === 0 ? name : '', `${score.name || score.index}${unsure && rank === 0 ? ' (unsure)' : ''}`, percent(score.probability)]);
}

const averagingOf = ({ mirror, shift }: PredictOptions): Input<cnn.TestTimeAugmentation> | undefined => (mirror || shift ? { flipHorizontal: mirror, shift } : undefined);

async function predictNumbers({ client, out, json }: Context, model: Input<ModelRef>, files: string[], options: PredictOptions): Promise<void> {
  const images = files.flatMap(readImages);
  const results: { file: string; values: number[] }[] = [];
  let [version, names] = [0n, [] as string[]];
  for (let at = 0; at < images.length; at += BATCH) {
    const some = images.slice(at, at + BATCH);
    const input = { $case: 'images' as const, value: { images: some.map(({ image }) => image) } };
    const response = await client.cnn.predict({ model, input, testTimeAugmentation: averagingOf(options) });
    [version, names] = [response.modelVersion, response.names];
    const values = tensorToFloat32(response.values!);
    some.forEach(({ name }, row) => results.push({ file: name, values: [...values.subarray(row * names.length, (row + 1) * names.length)] }));
  }
  if (json) return writeDocument(out, { model: model.name, version: Number(version), names, results });
  writeTable(out, [{ title: 'IMAGE' }, ...names.map((title) => ({ title, align: 'right' as const }))], results.map(({ file, values }) => [file, ...values.map((value) => Number(value.toPrecision(5)).toString())]));
  out.line(out.paint('dim', `answered by ${model.name} version ${version}`));
}

export function addPredictCommand(program: Command): void {
  const command = program
    .command('predict')
    .description('tell the class, labels or numbers of images (PNG, JPEG or .npy), or the class of videos (MP4, WebM, ...)')
    .argument('<model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef)
    .argument('<files...>')
    .option('--top <k>', 'so many classes an image or video (default: 1; of a model of labels, those that it has)', number(1, 1000, true))
    .option('--numbers', 'of a model of numbers')
    .option('--mirror', 'average over the mirror image too')
    .option('--shift <pixels>', 'average over the image moved by so many pixels too', number(0, 4096, true))
    .option('--unsure-below <probability>', 'mark answers below it as unsure (default: as the version was trained to)', number(0, 1));
  withVideoOptions(command).action(action(predict));
}
