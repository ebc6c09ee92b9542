import { Option, type Command } from 'commander';
import type { Input } from '@quartet/client';
import type { cnn, Job, TrainingOptions } from '@quartet/contracts';
import { number } from '../arguments';
import type { Context } from '../context';
import { UsageError } from '../output';
import type { CnnOwnOptions } from './cnn-options';

/** Of a training on videos, beside the common ones. */
export interface VideoTrainOptions {
  architecture?: 'frames' | 'conv3d';
  filters?: string[];
  dropout?: number;
}

export const withVideoOptions = (command: Command): Command =>
  command
    .addOption(new Option('--architecture <name>', 'videos: one network for all frames, or 3-D convolutions (default: frames)').choices(['frames', 'conv3d']))
    .option('--filters <n...>', 'videos: of each block (default: chosen from the data)')
    .option('--dropout <share>', 'videos: in training (default: 0.2)', number(0, 0.95));

/** Whether what only videos have is asked for. */
export const asksForVideo = ({ architecture, filters, dropout }: VideoTrainOptions): boolean => architecture !== undefined || filters !== undefined || dropout !== undefined;

/** Whether what only images have is asked for. */
export const asksForImages = ({ balance, classWeight, labelSmoothing, mixup, average, calibrate, unsureBelow }: CnnOwnOptions): boolean =>
  Boolean(balance) || calibrate === false || [classWeight, labelSmoothing, mixup, average, unsureBelow].some((value) => value !== undefined);

/** @param spec Of a file; in place of the options. */
export async function trainVideo({ client }: Context, request: { model: string; dataset: string; options: Input<TrainingOptions>; idempotencyKey?: string }, o: VideoTrainOptions, spec: cnn.VideoSpec | undefined): Promise<Job> {
  if (spec && asksForVideo(o)) throw new UsageError('--spec says it all; leave --architecture, --filters and --dropout out');
  const value = { filters: o.filters?.map((text) => number(1, 1024, true)(text)), dropout: o.dropout };
  const given: Input<cnn.VideoSpec> | undefined = asksForVideo(o) ? { architecture: { $case: o.architecture ?? 'frames', value } } : undefined;
  return client.cnn.trainVideo({ ...request, spec: spec ?? given });
}
