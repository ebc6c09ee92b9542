import { QuartetError, type Version } from '@quartet/contracts';
import type { CheckedStep } from './check';

const shapeText = (shape: readonly (bigint | number)[]): string => `[${shape.join(', ')}]`;

const shapeOf = (version: Version, side: 'inputs' | 'outputs', ...names: string[]): readonly bigint[] | undefined =>
  version[side].find(({ name }) => names.includes(name))?.shape;

const differ = (a: readonly bigint[], b: readonly bigint[]): boolean =>
  a.length !== b.length || a.some((size, at) => size !== b[at] && size !== -1n && b[at] !== -1n);

/** Whether a step's model can take what the model before it gives: shapes, and for a captioner the very version. */
export function checkNeighbours(before: { step: CheckedStep; version: Version }, after: { step: CheckedStep; version: Version }): void {
  const { step } = after;
  if (before.step.call.$case === 'denoise') {
    const gives = shapeOf(before.version, 'outputs', 'reconstruction', 'examples') ?? before.version.inputs[0]?.shape;
    const takes = after.version.inputs[0]?.shape;
    if (gives && takes && differ(gives, takes)) {
      throw QuartetError.invalid(`${step.field}.model`, `takes images of ${shapeText(takes)}, but ${before.step.name} gives ${shapeText(gives)}; choose models of one shape`, 'SHAPE_MISMATCH');
    }
  }
  if (step.call.$case !== 'caption') return;
  const { imageModel } = (JSON.parse(after.version.manifestJson || '{}') as { spec?: { imageModel?: { name: string; version: string } } }).spec ?? {};
  if (imageModel && (imageModel.name !== before.version.model || imageModel.version !== `${before.version.version}`)) {
    throw QuartetError.invalid(
      `${before.step.field}.model`,
      `is '${before.version.model}' version ${before.version.version}; the captioner '${after.version.model}' was trained on the embeddings of '${imageModel.name}' version ${imageModel.version}. Name that one`,
    );
  }
}
