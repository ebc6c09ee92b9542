import { dense, dropout, joinSteps, Parameters, stateNames, type ForwardContext, type ModelFunction, type Tensor, type TranscriptionModel } from '@quartet/core';
import { inputNoise, recurrentStack } from '../network/recurrent';
import { CHUNK, functionOf, type TranscriberPlan } from './plan';

export interface Transcriber {
  /** For core's objective. */
  readonly model: TranscriptionModel;
  /** For writeModel. */
  functions(): Record<string, ModelFunction>;
  dispose(): void;
}

/** Recurrent layers over the steps of sound, and the logits of each step's units and the blank. */
export function buildTranscriber(plan: TranscriberPlan, seed: bigint): Transcriber {
  const parameters = new Parameters(seed);
  const features = plan.frontEnd.bands * plan.frontEnd.stack;
  const stack = recurrentStack(parameters.scope('recurrent'), features, plan.network);
  const noise = inputNoise(parameters.scope('noise'), plan.network);
  const drop = dropout(parameters.scope('dropout'), plan.network.dropout);
  const classes = plan.vocabulary.length + 1;
  const output = dense(parameters.scope('logits'), stack.units, classes);
  const apply = (x: Tensor, lengths: Tensor, context: ForwardContext, initial?: Tensor[]): { logits: Tensor; states: readonly Tensor[] } => {
    const { steps, states } = stack.apply(noise(x, context), { lengths, sequences: true, inputGradient: false, ...(initial && { initial }) });
    return { logits: output(drop(joinSteps(steps), context), context), states };
  };
  const answer: ForwardContext = { training: false };
  const whole = (bucket: number): ModelFunction => ({
    inputs: { x: { dtype: 'float32', shape: [bucket, features] }, steps: { dtype: 'int32', shape: [] } },
    compute: ({ x, steps }) => ({ logits: apply(x!, steps!, answer).logits }),
  });
  const names = stateNames(stack.stateUnits.length);
  const chunk: ModelFunction = {
    inputs: {
      ...whole(CHUNK).inputs,
      ...Object.fromEntries(names.map((name, index) => [name, { dtype: 'float32' as const, shape: [stack.stateUnits[index]!] }])),
    },
    compute(inputs) {
      const { logits, states } = apply(inputs['x']!, inputs['steps']!, answer, names.map((name) => inputs[name]!));
      return { logits, ...Object.fromEntries(stateNames(names.length, true).map((name, index) => [name, states[index]!])) };
    },
  };
  return {
    model: {
      weights: parameters.all,
      features,
      classes,
      logits: (x, steps, context) => apply(x, steps, context).logits.transpose([1, 0, 2]),
      fingerprint: plan,
    },
    functions: () => (plan.network.bidirectional ? Object.fromEntries(plan.buckets.map((bucket) => [functionOf(plan, bucket), whole(bucket)])) : { serving_default: chunk }),
    dispose: () => parameters.dispose(),
  };
}
