import { scoped, type Tensor } from '../engine';
import type { NamedVariable } from '../layers/layer';
import { differentiate, type Differentiated } from './differentiate';
import type { ExampleBatch, Objective, ObjectiveInputs } from './objective';
import { exportVariables, importVariables } from './variables';

/** The first tensor of a step that isn't finite. */
export interface NotFinite {
  /** `input x of example 3 of the batch`, `output of layers.0`, `loss`, `gradient of layers.0.kernel`. */
  tensor: string;
  value: number;
}

/**
 * Finds the first tensor of a step that isn't finite, in the order in which they come about: inputs, outputs of layers, loss,
 * gradients from the last weight to the first. Runs the step eagerly, without an update, and leaves the weights as they are.
 *
 * @param given Makes the step's inputs. @param see Told of the step, unless it is an input that isn't finite.
 */
export function findNotFinite(
  objective: Objective,
  trainable: readonly NamedVariable[],
  batch: ExampleBatch,
  given: () => ObjectiveInputs,
  see?: (learnt: Differentiated) => void,
): NotFinite | undefined {
  const input = findInInputs(batch);
  if (input) return input;
  const before = exportVariables(objective.weights);
  try {
    return scoped(() => findInStep(objective, trainable, given(), see));
  } finally {
    // The forward pass moves running statistics.
    importVariables(objective.weights, before);
  }
}

function findInInputs({ inputs, count }: ExampleBatch): NotFinite | undefined {
  for (const [name, { dtype, data, shape }] of Object.entries(inputs)) {
    if (dtype !== 'float32') continue;
    const size = data.length / (shape[0] ?? 1);
    const at = (data as Float32Array).subarray(0, size * count).findIndex((value) => !Number.isFinite(value));
    if (at >= 0) return { tensor: `input ${name} of example ${Math.floor(at / size)} of the batch`, value: data[at] as number };
  }
  return undefined;
}

function findInStep(objective: Objective, trainable: readonly NamedVariable[], given: ObjectiveInputs, see?: (learnt: Differentiated) => void): NotFinite | undefined {
  let first: NotFinite | undefined;
  const look = (name: string, tensor: Tensor): void => {
    const value = first ? undefined : (tensor.dataSync() as Float32Array).find((element) => !Number.isFinite(element));
    if (value !== undefined) first = { tensor: name, value };
  };
  const observe: ObjectiveInputs['context']['observe'] = ({ name, output }) => look(`output of ${name}`, output);
  const learnt = differentiate(objective, trainable, { ...given, context: { ...given.context, observe } });
  const { loss, gradients } = learnt;
  see?.(learnt);
  look('loss', loss);
  for (const [index, gradient] of [...gradients.entries()].reverse()) look(`gradient of ${trainable[index]?.name ?? index}`, gradient);
  return first;
}
