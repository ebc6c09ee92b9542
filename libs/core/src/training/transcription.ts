import type { Tensor } from '../engine';
import { CoreError } from '../errors';
import type { ForwardContext, NamedVariable } from '../layers/layer';
import { ctcFrames, ctcLoss } from '../losses/ctc';
import { checkInput } from './check-input';
import type { ExampleBatch, Objective } from './objective';

export interface TranscriptionModel {
  weights: readonly NamedVariable[];
  /** Of one step of `x`. */
  features: number;
  /** Labels, and the blank as the last class. */
  classes: number;
  /** [batch, time, features] and [batch], int32, -> logits [time, batch, classes], as many steps as `x` has. */
  logits(x: Tensor, steps: Tensor, context: ForwardContext): Tensor;
  /** See Objective. */
  fingerprint: unknown;
}

/**
 * A model that learns by CTC to write down what it hears, without being told when: inputs `x` [batch, time, features] float32, `steps`
 * [batch], `labels` [batch, longest] and `labelLengths` [batch], int32; evaluation output `logits` [batch, time, classes]. Decode by
 * ctcGreedy or ctcBeamSearch.
 */
export function transcriptionObjective(model: TranscriptionModel): Objective {
  return {
    weights: model.weights,
    metrics: [],
    fingerprint: model.fingerprint,
    check(batch) {
      checkInput(batch, 'x', 'float32', [null, model.features]);
      checkInput(batch, 'steps', 'int32', []);
      checkInput(batch, 'labels', 'int32', [null]);
      checkInput(batch, 'labelLengths', 'int32', []);
      checkLabels(batch, model.classes);
    },
    compute({ inputs, exampleWeights, context }) {
      const [x, steps, labels, labelLengths] = [inputs.x!, inputs.steps!, inputs.labels!, inputs.labelLengths!];
      const logits = model.logits(x, steps, context);
      return { loss: ctcLoss(logits, steps, { labels, labelLengths }).mul(exampleWeights).sum(), outputs: { logits: logits.transpose([1, 0, 2]) } };
    },
  };
}

/** An example that no alignment fits would have no loss, and teach nothing, in silence. */
function checkLabels({ inputs, count }: ExampleBatch, classes: number): void {
  const [time, longest] = [inputs.x!.shape[1] as number, inputs.labels!.shape[1] as number];
  for (let row = 0; row < count; row += 1) {
    const [steps, length] = [inputs.steps!.data[row] as number, inputs.labelLengths!.data[row] as number];
    const fault = (message: string): CoreError => new CoreError('UNUSABLE_DATASET', `example ${row} of a batch: ${message}`);
    if (steps < 1 || steps > time) throw fault(`received ${steps} steps, expected 1 to ${time}`);
    if (length < 1 || length > longest) throw fault(`received ${length} labels, expected 1 to ${longest}`);
    const labels = inputs.labels!.data.subarray(row * longest, row * longest + length);
    const wrong = labels.find((label) => label < 0 || label >= classes - 1);
    if (wrong !== undefined) throw fault(`received label ${wrong}, expected 0 to ${classes - 2}`);
    const needed = ctcFrames(labels);
    if (steps < needed) throw fault(`received ${steps} steps for labels that need ${needed}; use a shorter hop, or leave it out`);
  }
}
