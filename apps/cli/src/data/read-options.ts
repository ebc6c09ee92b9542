import { Option, type Command } from 'commander';
import type { Input, UploadFile } from '@quartet/client';
import { BadFilePolicy, ChannelPolicy, DatasetFormat, MissingPolicy, Target, type DatasetOptions } from '@quartet/contracts';
import { number, seed } from '../arguments';
import { UsageError } from '../output';

/** `--format` of data. */
export const FORMATS = {
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
  videos: DatasetFormat.DATASET_FORMAT_VIDEO_FOLDER,
} as const;

/** What the commands that load data are told of how to read it. */
export interface ReadOptions {
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
  frames?: number;
  target?: keyof typeof TARGETS;
}

const TARGETS = { classes: Target.TARGET_CLASSES, labels: Target.TARGET_LABELS, numbers: Target.TARGET_NUMBERS };

export const readOptions = (command: Command): Command =>
  command
    .addOption(new Option('--format <format>', 'how to read the files (default: by their names)').choices(Object.keys(FORMATS)))
    .option('--label-column <name>', 'CSV: the column with the class (default: the last); of texts, transcripts and captions: if there is one')
    .option('--validation <share>', 'share of the training part for validation (default: 0.1)', number(0, 0.9))
    .option('--test <share>', 'share set aside for test where the data brings no test part (default: 0, of a series its last 0.15, of a .txt its last 0.05)', number(0, 0.9))
    .option('--split-seed <n>', 'seed of the split (default: 0)', seed)
    .option('--height <pixels>', 'images and videos: resize to this height', number(1, 4096, true))
    .option('--width <pixels>', 'images and videos: resize to this width', number(1, 4096, true))
    .option('--channels <n>', 'images and videos: 1 grey, 3 RGB, 4 RGBA (default: as the first image; of videos 3)', number(1, 4, true))
    .option('--frames <n>', 'videos: frames of a clip, spread over it (default: 16)', number(1, 256, true))
    .option('--skip-bad-files', 'leave out files that cannot be read, instead of failing')
    .option('--time-column <name>', 'series: the column with the times (default: the first that holds times)')
    .option('--columns <names...>', 'series: the columns to keep (default: all that hold numbers)')
    .option('--interpolate', 'series: fill missing values and rows in, instead of failing')
    .option('--text-column <name>', 'texts, transcripts, captions: the column with the text (default: text)')
    .option('--source-column <name>', 'pairs: the column with what comes in (default: source, or the first)')
    .option('--target-column <name>', 'pairs: the column with what should come out (default: target, or the second)')
    .option('--sample-rate <hz>', 'recordings: resample to this rate (default: all must have the first one\'s)', number(4000, 192_000, true))
    .option('--mix', 'recordings: mix several channels, instead of failing')
    .addOption(new Option('--target <kind>', 'images: what is to be told of each (default: classes); labels and numbers come in y or a targets.csv').choices(Object.keys(TARGETS)));

export function toOptions(options: ReadOptions, format: DatasetFormat): Input<DatasetOptions> {
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
    target: options.target && TARGETS[options.target],
    channels: options.mix ? ChannelPolicy.CHANNEL_POLICY_MIX : undefined,
    videoFrames: options.frames,
  };
}

/** The format that files' names speak of. @throws UsageError if they speak of none. */
export function guessFormat(files: readonly UploadFile[]): DatasetFormat {
  const any = (pattern: RegExp) => files.some(({ path }) => pattern.test(path));
  if (any(/idx[1-4]-ubyte(\.gz)?$/i)) return FORMATS.idx;
  if (any(/\.np[yz]$/i)) return FORMATS.numpy;
  if (any(/\.ts$/i)) return FORMATS.ts;
  if (any(/\.(wav|flac)$/i)) return FORMATS.recordings;
  if (any(/(^|\/)captions\.(csv|tsv)$/i)) return FORMATS.captions;
  if (any(/\.(mp4|m4v|mov|webm|mkv|avi|mpe?g|ogv|wmv|flv|3gp)$/i)) return FORMATS.videos;
  if (any(/\.(conll|bio|iob2?)$/i)) return FORMATS.tagged;
  if (any(/\.txt$/i)) return FORMATS.text;
  if (any(/\.tsv$/i)) return FORMATS.pairs;
  if (any(/\.csv$/i)) return FORMATS.csv;
  if (any(/\.(png|jpe?g|zip)$/i)) return FORMATS.images;
  throw new UsageError(`cannot tell the format of ${files[0]?.path ?? 'the files'} from its name; give --format ${Object.keys(FORMATS).join(', ')}`);
}

export function guessFormatOfUri(uri: string): DatasetFormat {
  if (uri.startsWith('builtin:')) return DatasetFormat.DATASET_FORMAT_UNSPECIFIED; // A built-in brings its own.
  try {
    return guessFormat([{ path: uri, source: '', size: 0 }]);
  } catch {
    return FORMATS.images;
  }
}
