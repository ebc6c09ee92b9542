import { Option, type Command } from 'commander';
import type { Input } from '@quartet/client';
import { rnn } from '@quartet/contracts';
import { number } from '../arguments';

const POLICIES = {
  propose: rnn.GradientPolicy.GRADIENT_POLICY_PROPOSE,
  apply: rnn.GradientPolicy.GRADIENT_POLICY_APPLY,
  off: rnn.GradientPolicy.GRADIENT_POLICY_OFF,
};
const STARTS = { orthogonal: rnn.RecurrentStart.RECURRENT_START_ORTHOGONAL, glorot: rnn.RecurrentStart.RECURRENT_START_GLOROT };

/** What of a recurrent network is about its gradient through time. */
export interface GradientOptions {
  gradients?: keyof typeof POLICIES;
  memory?: number;
  forgetBias?: number;
  start?: keyof typeof STARTS;
  truncate?: number;
  layerNorm?: boolean;
}

/** Unset where nothing is asked for. */
export function gradientsOf({ gradients, memory, forgetBias, start, truncate, layerNorm }: GradientOptions): Input<rnn.RecurrentSpec> | undefined {
  const asked = [gradients, memory, forgetBias, start, truncate, layerNorm].some((value) => value !== undefined);
  return asked ? { gradients: gradients && POLICIES[gradients], memory, forgetBias, start: start && STARTS[start], truncate, layerNormalization: layerNorm } : undefined;
}

export const withGradientOptions = (command: Command): Command =>
  command
    .addOption(new Option('--gradients <policy>', 'where the gradient through time vanishes or explodes (default: propose)').choices(Object.keys(POLICIES)))
    .option('--memory <steps>', 'LSTM, GRU: gates that start with memories of up to so many steps', number(1, 100_000, true))
    .option('--forget-bias <x>', "LSTM: the forget gate's bias at the start (default: 1)", number(-10, 10))
    .addOption(new Option('--start <name>', 'of the recurrent kernels (default: orthogonal)').choices(Object.keys(STARTS)))
    .option('--layer-norm', 'normalize the hidden state at each step')
    .option('--truncate <steps>', 'cut the gradient off after so many steps', number(1, 100_000, true));
