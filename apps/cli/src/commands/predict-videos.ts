import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Input } from '@quartet/client';
import type { cnn, ModelRef } from '@quartet/contracts';
import { number } from '../arguments';
import type { Context } from '../context';
import { percent, UsageError, writeDocument, writeTable } from '../output';

export interface VideoOptions {
  top?: number;
  fps?: number;
  stride?: number;
}

/** The options of commands that take video files. */
export const withVideoOptions = (command: Command): Command =>
  command
    .option('--fps <n>', 'videos: so many frames a second, and a prediction for each window of them (default: frames spread over the video, one prediction)', number(0.01, 240))
    .option('--stride <frames>', 'videos: from one window to the next (default: a window)', number(1, 1_000_000, true));

/** @throws UsageError if one of them was given where there is no video */
export function refuseVideoOptions({ fps, stride }: VideoOptions): void {
  if (fps !== undefined || stride !== undefined) throw new UsageError('--fps and --stride are for video files; leave them out');
}

/** Whether a file is a video by its name. */
export const isVideoFile = (file: string): boolean => /\.(mp4|m4v|mov|webm|mkv|avi|mpe?g|ogv|wmv|flv|3gp)$/i.test(file);

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message}`);
  }
}

/** Classes of video files, one request a file; with a rate, of each window of it as well. */
export async function predictVideos({ client, out, json }: Context, model: Input<ModelRef>, files: string[], { top, fps, stride }: VideoOptions): Promise<void> {
  const results: { file: string; result: cnn.VideoClassification }[] = [];
  let version = 0n;
  for (const file of files) {
    const input = { $case: 'clips' as const, value: { clips: [{ content: { $case: 'encoded' as const, value: read(file) } }] } };
    const response = await client.cnn.classifyVideo({ model, input, topK: top, sampling: fps === undefined ? undefined : { framesPerSecond: fps, stride } });
    version = response.modelVersion;
    results.push({ file, result: response.results[0]! });
  }
  if (json) return writeDocument(out, { model: model.name, version: Number(version), results: results.map(({ file, result }) => ({ file, ...result })) });
  const columns = [{ title: 'VIDEO' }, { title: 'SECONDS' }, { title: 'CLASS' }, { title: 'PROBABILITY', align: 'right' as const }];
  const rows = results.flatMap(({ file, result: { classes, windows } }) => [
    ...windows.flatMap((window) => rowsOf(file, `${window.startSeconds.toFixed(1)} to ${window.endSeconds.toFixed(1)}`, window.classes)),
    ...rowsOf(file, windows.length > 0 ? 'all' : '', classes),
  ]);
  writeTable(out, columns, rows);
  out.line(out.paint('dim', `answered by ${model.name} version ${version}`));
}

const rowsOf = (file: string, when: string, classes: readonly cnn.VideoScore[]): string[][] => classes.map(({ name, index, probability }, rank) => [rank === 0 ? file : '', rank === 0 ? when : '', name || String(index), percent(probability)]);
