import { tf, type Tensor } from '../engine';
import { dense } from '../layers/dense';
import type { ForwardContext, Layer } from '../layers/layer';
import { dropout } from '../layers/noise';
import type { Parameters } from '../layers/parameters';
import { bidirectional, stacked } from '../layers/recurrent/compound';
import { gru, lstm } from '../layers/recurrent/layers';
import type { RecurrentLayer } from '../layers/recurrent/recurrent-layer';
import type { Halves } from './build';
import { lengthsOf, present } from './presence';
import type { AutoencoderSpec } from './spec';

/** Sines and cosines of so many frequencies tell the decoder at which step it is. */
const FREQUENCIES = 4;

/**
 * Recurrent layers over a sequence, whose last states in both directions become the latent; and recurrent layers that are given the latent
 * and the place at each step, in both directions (after Srivastava, Mansimov and Salakhutdinov, 2015).
 */
export function recurrentHalves(spec: AutoencoderSpec, parameters: Parameters): Halves {
  const architecture = spec.architecture as Extract<AutoencoderSpec['architecture'], { kind: 'recurrent' }>;
  const [time = 1, channels = 1] = spec.inputShape;
  const encoder = stack(parameters.scope('encoder'), channels, architecture);
  const drop: Layer = spec.dropout > 0 ? dropout(parameters.scope('encoder.dropout'), spec.dropout) : (x) => x;
  const decoder = stack(parameters.scope('decoder'), spec.latentSize + 2 * FREQUENCIES, architecture);
  const output = dense(parameters.scope('output'), decoder.units, channels);
  return {
    body: (x, context) => drop(encoder.apply(present(x), { lengths: lengthsOf(x), inputGradient: false }).last, context),
    features: encoder.units,
    decoder: (latent: Tensor, context: ForwardContext) => {
      const batch = latent.shape[0];
      const inputs = Array.from({ length: time }, (_, step) => tf().concat([latent, tf().tile(place(step, time), [batch, 1])], 1));
      const { steps } = decoder.apply(inputs, { sequences: true });
      // One product for all steps: [time * batch, units].
      return output(tf().concat([...steps]), context).reshape([time, batch, channels]).transpose([1, 0, 2]);
    },
  };
}

function stack(parameters: Parameters, inputs: number, { cell, units, layers }: { cell: 'gru' | 'lstm'; units: number; layers: number }): RecurrentLayer {
  const made: RecurrentLayer[] = [];
  for (let index = 0; index < layers; index += 1) {
    const size = made.at(-1)?.units ?? inputs;
    made.push(bidirectional(parameters.scope(index), (scope) => (cell === 'gru' ? gru(scope, size, units) : lstm(scope, size, units))));
  }
  return stacked(made);
}

/** [1, 2 * FREQUENCIES]. */
function place(step: number, time: number): Tensor {
  const angles = Array.from({ length: FREQUENCIES }, (_, index) => (Math.PI * (index + 1) * (step + 0.5)) / time);
  return tf().tensor2d([angles.flatMap((angle) => [Math.sin(angle), Math.cos(angle)])], [1, 2 * FREQUENCIES], 'float32');
}
