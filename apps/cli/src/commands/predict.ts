import type { Command } from 'commander';
import type { Input } from '@quartet/client';
import type { cnn, ModelRef } from '@quartet/contracts';
import { modelRef, number } from '../arguments';
import { action, type Context } from '../context';
import { readImages } from '../images/read-images';
import { percent, UsageError, writeDocument, writeTable } from '../output';
import { isVideoFile, predictVideos, type VideoOptions } from './predict-videos';

/** Images a request: below the least batch limit that makes sense, so that any server takes it. */
const BATCH = 64;

async function predict(context: Context, model: Input<ModelRef>, files: string[], options: VideoOptions): Promise<void> {
  const { client, out, json } = context;
  const videos = files.filter(isVideoFile);
  if (videos.length > 0 && videos.length < files.length) throw new UsageError(`${videos[0]} is a video and ${files.find((file) => !isVideoFile(file))} is not; name files of one kind`);
  if (videos.length > 0) return predictVideos(context, model, videos, options);
  if (options.fps !== undefined || options.stride !== undefined) throw new UsageError('--fps and --stride are for video files; leave them out');
  const images = files.flatMap(readImages);
  const results: { name: string; classes: cnn.ClassScore[] }[] = [];
  let version = 0n;
  for (let at = 0; at < images.length; at += BATCH) {
    const some = images.slice(at, at + BATCH);
    const input = { $case: 'images' as const, value: { images: some.map(({ image }) => image) } };
    const response = await client.cnn.classify({ model, input, topK: options.top });
    version = response.modelVersion;
    response.results.forEach(({ classes }, index) => results.push({ name: some[index]?.name ?? '', classes }));
  }
  if (json) return writeDocument(out, { model: model.name, version: Number(version), results: results.map(({ name, classes }) => ({ file: name, classes })) });
  const columns = [{ title: 'IMAGE' }, { title: 'CLASS' }, { title: 'PROBABILITY', align: 'right' as const }];
  writeTable(out, columns, results.flatMap(({ name, classes }) => classes.map((score, rank) => [rank === 0 ? name : '', score.name || String(score.index), percent(score.probability)])));
  out.line(out.paint('dim', `answered by ${model.name} version ${version}`));
}

export function addPredictCommand(program: Command): void {
  program
    .command('predict')
    .description('classify images (PNG, JPEG or .npy) or videos (MP4, WebM, ...)')
    .argument('<model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef)
    .argument('<files...>')
    .option('--top <k>', 'so many classes an image or video', number(1, 1000, true), 1)
    .option('--fps <n>', 'videos: so many frames a second, and a prediction for each window of them (default: frames spread over the video, one prediction)', number(0.01, 240))
    .option('--stride <frames>', 'videos: from one window to the next (default: a window)', number(1, 1_000_000, true))
    .action(action(predict));
}
