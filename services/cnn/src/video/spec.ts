import { cnn, QuartetError, type DatasetSchema } from '@quartet/contracts';
import { planVideo, type VideoArchitecture, type VideoSpec } from '@quartet/core';
import type { Violations } from '@quartet/service-kit';

/** What the data decides of a network. */
export interface VideoData {
  /** [frames, height, width, channels]. */
  shape: number[];
  classes: number;
  mean: number[];
  standardDeviation: number[];
}

const FIRST_FILTERS = 16;
const MOST_FILTERS = 256;
const MOST_BLOCKS = 5;
/** Height or width that blocks are added down to. */
const SMALLEST_SIDE = 4;
const DROPOUT = 0.2;
const TEMPORAL_LAYERS = 1;

export function videoDataOf({ exampleShape, classNames, mean, standardDeviation }: DatasetSchema): VideoData {
  return { shape: exampleShape.map(Number), classes: classNames.length, mean, standardDeviation };
}

/** Filters of each block, twice the ones before, for as many blocks as halve the smaller side down to about 4: 32 x 32 gives 16, 32, 64. */
export function defaultFilters([, height = 1, width = 1]: readonly number[]): number[] {
  const blocks = Math.max(1, Math.min(MOST_BLOCKS, Math.ceil(Math.log2(Math.min(height, width) / SMALLEST_SIDE))));
  return Array.from({ length: blocks }, (_, block) => Math.min(MOST_FILTERS, FIRST_FILTERS * 2 ** block));
}

/**
 * Fills the defaults in, as video.proto states them, and checks the spec against the data.
 * @param violations receives one entry for each bad field, by its path in the request: `spec.conv3d.filters[2]`
 */
export function resolveVideoSpec(given: cnn.VideoSpec | undefined, data: VideoData, violations: Violations): cnn.VideoSpec {
  const resolved = withDefaults(given, data);
  try {
    planVideo(toVideoSpec(resolved, data));
  } catch (error) {
    if (!QuartetError.is(error) || error.violations.length === 0) throw error;
    for (const { field, description } of error.violations) violations.add(toProtoPath(field, resolved.architecture!.$case), description);
  }
  return resolved;
}

function withDefaults(given: cnn.VideoSpec | undefined, { shape }: VideoData): cnn.VideoSpec {
  const architecture = given?.architecture ?? { $case: 'frames' as const, value: cnn.FrameNetwork.create() };
  const { filters, dropout = DROPOUT, batchNormalization } = architecture.value;
  const common = { filters: filters.length > 0 ? filters : defaultFilters(shape), dropout, batchNormalization };
  if (architecture.$case === 'conv3d') return { architecture: { $case: 'conv3d', value: common } };
  const { motion = true, temporalLayers = TEMPORAL_LAYERS } = architecture.value;
  return { architecture: { $case: 'frames', value: { ...common, motion, temporalLayers } } };
}

/** The network that core builds. @param spec resolved: see {@link resolveVideoSpec} */
export function toVideoSpec({ architecture }: cnn.VideoSpec, { shape, classes, mean, standardDeviation }: VideoData): VideoSpec {
  return { inputShape: [...shape], normalization: { mean: [...mean], standardDeviation: [...standardDeviation] }, architecture: toArchitecture(architecture), classes };
}

function toArchitecture(architecture: cnn.VideoSpec['architecture']): VideoArchitecture {
  if (!architecture) throw new QuartetError('INTERNAL', 'a resolved spec names its architecture');
  const { filters, dropout = DROPOUT, batchNormalization } = architecture.value;
  if (architecture.$case === 'conv3d') return { kind: 'conv3d', filters, batchNormalization, dropout };
  const { motion = true, temporalLayers = TEMPORAL_LAYERS } = architecture.value;
  return { kind: 'frames', filters, motion, temporalLayers, batchNormalization, dropout };
}

/** core's `spec.architecture.temporalLayers` as the request has it: `spec.frames.temporal_layers`. */
const toProtoPath = (path: string, kind: string): string => path.replace('spec.architecture', `spec.${kind}`).replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
