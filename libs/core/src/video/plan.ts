import { CoreError, type Violation } from '../errors';
import { MAX_ACTIVATION, MAX_PARAMETERS } from '../network/plan';
import { formatShape } from '../tensor/host-tensor';
import type { Pool3dOptions } from '../ops/pool-3d';
import type { VideoArchitecture, VideoSpec } from './spec';

export interface PlannedBlock {
  filters: number;
  /** What the block pools by: 1 along axes that are too short to be halved. */
  pool: Pool3dOptions;
  /** [time, height, width, filters] after the pooling. */
  outputShape: number[];
}

export interface VideoPlan {
  /** Channels that the first convolution sees. */
  channels: number;
  blocks: PlannedBlock[];
  /** Features that the classifying layer sees. */
  embeddingSize: number;
  parameters: number;
}

const MOST = { blocks: 8, filters: 1024, temporalLayers: 4, side: 4096, frames: 1024, classes: 65_536 };
const KINDS = ['conv3d', 'frames'];

/**
 * Follows the shapes through a spec, which may come from outside.
 * @throws CoreError INVALID_FIELD with a violation for each bad field, by its path: `spec.architecture.filters[2]`; LIMIT_EXCEEDED.
 */
export function planVideo(spec: VideoSpec): VideoPlan {
  const violations = [...checkInput(spec), ...checkArchitecture(spec?.architecture)];
  if (violations.length > 0) throw CoreError.invalidAll(violations);
  const { inputShape, architecture, classes } = spec;
  let [time = 1, height = 1, width = 1] = inputShape;
  const own = inputShape[3] as number;
  const channels = architecture.kind === 'frames' && architecture.motion ? 2 * own : own;
  const volume = architecture.kind === 'conv3d' ? 27 : 9;
  // A bias, or what batch normalization has in its place.
  const perFilter = architecture.batchNormalization ? 4 : 1;
  const blocks: PlannedBlock[] = [];
  let [parameters, before] = [0, channels];
  for (const [index, filters] of architecture.filters.entries()) {
    const field = `spec.architecture.filters[${index}]`;
    const activation = time * height * width * filters;
    if (activation > MAX_ACTIVATION) throw tooLarge(field, `${activation} numbers of one clip`, MAX_ACTIVATION, 'take fewer frames, smaller ones, or fewer filters');
    const pool = { time: architecture.kind === 'conv3d' && index > 0 && time >= 2 ? 2 : 1, space: Math.min(height, width) >= 2 ? 2 : 1 };
    [time, height, width] = [Math.floor(time / pool.time), Math.floor(height / pool.space), Math.floor(width / pool.space)];
    blocks.push({ filters, pool, outputShape: [time, height, width, filters] });
    parameters += (volume * before + perFilter) * filters;
    before = filters;
  }
  if (architecture.kind === 'frames') parameters += architecture.temporalLayers * (3 * before + 1) * before;
  parameters += (before + 1) * classes;
  if (parameters > MAX_PARAMETERS) throw tooLarge('spec.architecture.filters', `${parameters} parameters`, MAX_PARAMETERS, 'take fewer filters');
  return { channels, blocks, embeddingSize: before, parameters };
}

function checkInput(spec: VideoSpec): Violation[] {
  const { inputShape, classes, normalization } = spec ?? {};
  const isClip = Array.isArray(inputShape) && inputShape.length === 4 && inputShape.every((size, axis) => whole(size, 1, axis === 0 ? MOST.frames : MOST.side));
  const violations: Violation[] = [];
  if (!isClip) violations.push({ field: 'spec.inputShape', description: `received ${Array.isArray(inputShape) ? formatShape(inputShape) : String(inputShape)}, expected [frames, height, width, channels] of at most ${MOST.frames} frames` });
  if (!whole(classes, 2, MOST.classes)) violations.push({ field: 'spec.classes', description: `is ${String(classes)}, expected 2 to ${MOST.classes}` });
  if (isClip && normalization && [normalization.mean, normalization.standardDeviation].some((of) => !Array.isArray(of) || of.length !== inputShape[3] || !of.every((value) => Number.isFinite(value)))) {
    violations.push({ field: 'spec.normalization', description: `expected a mean and a standard deviation for each of ${inputShape[3]} channels` });
  }
  return violations;
}

function checkArchitecture(architecture: VideoArchitecture | undefined): Violation[] {
  const path = 'spec.architecture';
  if (!architecture || !KINDS.includes(architecture.kind)) return [{ field: `${path}.kind`, description: `received ${String(architecture?.kind)}, expected ${KINDS.join(' or ')}` }];
  const { filters, dropout } = architecture;
  const violations: Violation[] = [];
  const add = (field: string, description: string): void => void violations.push({ field: `${path}.${field}`, description });
  if (!Array.isArray(filters) || !whole(filters.length, 1, MOST.blocks)) add('filters', `has ${Array.isArray(filters) ? filters.length : 'no'} blocks, expected 1 to ${MOST.blocks}`);
  else filters.forEach((count, index) => whole(count, 1, MOST.filters) || add(`filters[${index}]`, `is ${count}, expected a whole number from 1 to ${MOST.filters}`));
  if (!(dropout >= 0 && dropout <= 0.95)) add('dropout', `is ${dropout}, expected 0 to 0.95`);
  if (architecture.kind === 'frames' && !whole(architecture.temporalLayers, 0, MOST.temporalLayers)) add('temporalLayers', `is ${architecture.temporalLayers}, expected a whole number from 0 to ${MOST.temporalLayers}`);
  return violations;
}

const whole = (value: unknown, least: number, most: number): boolean => Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

function tooLarge(field: string, received: string, most: number, remedy: string): CoreError {
  return CoreError.invalid(field, `brings the network to ${received}, expected at most ${most}; ${remedy}`, 'LIMIT_EXCEEDED');
}
