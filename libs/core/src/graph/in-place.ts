import { tf, type Tensor, type Variable } from '../engine';
import { rawOp } from '../ops/raw';
import { typeAttribute, type GraphNode } from './node';
import { activeRecorder, graphType } from './recorder';

/**
 * While recording, adds one of TensorFlow's kernels that change resource variables where they lie (`ResourceApplyAdam`): one
 * pass over memory in place of one for each arithmetic operation. The variable itself keeps its value; `readUpdated` reads the
 * new one. The update happens after everything it depends on and after all reads of the old value.
 *
 * @param variables The kernel's first inputs. @param inputs The ones after them.
 * @returns false when nothing is being recorded: then the caller computes the update itself, by arithmetic.
 */
export function updateInPlace(
  op: string,
  variables: readonly Variable[],
  inputs: readonly Tensor[],
  attributes: GraphNode['attributes'] = {},
): boolean {
  const recorder = activeRecorder();
  if (!recorder) return false;
  recorder.addUpdate(op, variables, inputs, { T: typeAttribute(graphType('float32')), ...attributes });
  return true;
}

/** The variable's value after the updates that were added for it so far. */
export function readUpdated(variable: Variable): Tensor {
  const recorder = activeRecorder();
  if (!recorder) return variable;
  const endpoint = recorder.updatedEndpoint(variable);
  if (!endpoint) return variable;
  const stand = rawOp('Identity', [variable]);
  const { handle, after } = endpoint;
  recorder.substitute(stand, { op: 'ReadVariableOp', inputs: [handle, `^${after}`], attributes: { dtype: typeAttribute(graphType(variable.dtype)) } });
  return stand;
}

/** As `updateInPlace`, or by assignment where nothing is recorded: variable -= rate * delta. */
export function subtractScaled(variable: Variable, rate: Tensor, delta: Tensor): void {
  if (updateInPlace('ResourceApplyGradientDescent', [variable], [rate, delta])) return;
  variable.assign(tf().tidy(() => variable.sub(delta.mul(rate))));
}
