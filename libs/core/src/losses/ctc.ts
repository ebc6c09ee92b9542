import { nodeBackend, tf, type OpAttribute, type Tensor, type TensorMetadata } from '../engine';
import { CoreError } from '../errors';
import { differentiable, firstOrderOnly } from '../ops/gradient';
import { formatShape } from '../tensor/host-tensor';

export interface CtcLabels {
  /** [batch, longest], int32 in 0..classes-2; what lies after an example's length is ignored. */
  labels: Tensor;
  /** [batch], int32. Each at least 1. */
  labelLengths: Tensor;
}

/**
 * Connectionist temporal classification (Graves et al., 2006): -ln of the probability that a sequence of frames spells the labels, over
 * all alignments. Equal labels in a row need a blank between them. TensorFlow's CTCLoss, whose second output is the gradient; no second
 * derivative. An example too short for its labels has loss 0 and learns nothing: see ctcFrames for how many frames it needs.
 *
 * @param logits [time, batch, classes], the time first; the last class is the blank.
 * @param frames [batch], int32: how many steps of each example count.
 * @returns [batch], float32, in nats.
 */
export function ctcLoss(logits: Tensor, frames: Tensor, { labels, labelLengths }: CtcLabels): Tensor {
  const [, batch, classes] = logits.shape;
  if (logits.rank !== 3 || labels.rank !== 2 || labels.shape[0] !== batch || formatShape(frames.shape) !== `[${batch}]` || formatShape(labelLengths.shape) !== `[${batch}]`) {
    const received = [logits, frames, labels, labelLengths].map(({ shape }) => formatShape(shape)).join(', ');
    throw new CoreError('SHAPE_MISMATCH', `received logits, frames, labels and their lengths of ${received}, expected [time, batch, classes], [batch], [batch, longest] and [batch]`);
  }
  if ((classes as number) < 2) throw new CoreError('SHAPE_MISMATCH', `received ${classes} classes, expected two or more: one is the blank`);
  return differentiable(
    [logits],
    (save) => {
      const counts = tf().range(0, labels.shape[1] as number, 1, 'int32').expandDims(0).less(labelLengths.expandDims(1));
      const [loss, slope] = sparseLoss(logits, frames, labels, counts);
      // Where there is no alignment the kernel's loss is infinite.
      const spells = frames.greaterEqual(framesNeeded(labels, labelLengths, counts));
      save(tf().where(spells.reshape([1, -1, 1]), slope, slope.zerosLike()));
      return tf().where(spells, loss, loss.zerosLike());
    },
    (dy, [slope]) => {
      firstOrderOnly('the CTC loss');
      return [(slope as Tensor).mul(dy.reshape([1, -1, 1]))];
    },
  );
}

/** Frames that labels need at least: one each, and a blank between equal ones. */
export function ctcFrames(labels: ArrayLike<number>): number {
  let frames = labels.length;
  for (let index = 1; index < labels.length; index += 1) if (labels[index] === labels[index - 1]) frames += 1;
  return frames;
}

/** As ctcFrames, [batch]. */
function framesNeeded(labels: Tensor, labelLengths: Tensor, counts: Tensor): Tensor {
  const [batch, longest] = labels.shape as [number, number];
  if (longest < 2) return labelLengths;
  const [first, second] = [labels.slice([0, 0], [batch, longest - 1]), labels.slice([0, 1], [batch, longest - 1])];
  const repeats = first.equal(second).logicalAnd(counts.slice([0, 1], [batch, longest - 1]));
  return labelLengths.add(repeats.cast('int32').sum(1));
}

/** What tfjs' backend keeps private. */
interface Handles {
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  createOutputTensor(metadata: TensorMetadata): Tensor;
}

/** The kernel takes labels as a sparse matrix with int64 indices; tfjs has no such tensors, so here they are native handles only. */
function sparseLoss(logits: Tensor, frames: Tensor, labels: Tensor, counts: Tensor): [Tensor, Tensor] {
  const { binding } = nodeBackend();
  const backend = nodeBackend() as unknown as Handles;
  const { TF_ATTR_TYPE, TF_ATTR_BOOL, TF_INT64, TF_INT32, TF_FLOAT, TF_BOOL } = binding;
  const type = (name: string, value: number): OpAttribute => ({ name, type: TF_ATTR_TYPE, value });
  const flag = (name: string, value: boolean): OpAttribute => ({ name, type: TF_ATTR_BOOL, value });
  const [logitsId, framesId, labelsId, countsId] = backend.getInputTensorIds([logits, frames, labels, counts]) as [number, number, number, number];
  const handles: number[] = [];
  const handle = (op: string, attributes: OpAttribute[], inputs: number[]): number => {
    const [{ id }] = binding.executeOp(op, attributes, inputs, 1) as [TensorMetadata];
    handles.push(id);
    return id;
  };
  try {
    const indices = handle('Where', [type('T', TF_BOOL)], [countsId]);
    const values = handle('GatherNd', [type('Tparams', TF_INT32), type('Tindices', TF_INT64)], [labelsId, indices]);
    const attributes = [flag('preprocess_collapse_repeated', false), flag('ctc_merge_repeated', true), flag('ignore_longer_outputs_than_inputs', true), type('T', TF_FLOAT)];
    const outputs = binding.executeOp('CTCLoss', attributes, [logitsId, indices, values, framesId], 2);
    return outputs.map((output) => backend.createOutputTensor(output)) as [Tensor, Tensor];
  } finally {
    handles.forEach((id) => binding.deleteTensor(id));
  }
}
