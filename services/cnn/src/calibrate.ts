import type { cnn, Dataset } from '@quartet/contracts';
import { fitSigmoidTemperature, fitTemperature, type EvaluationSource, type Network, type Trainer } from '@quartet/core';
import type { Violations } from '@quartet/service-kit';
import { headOf } from './spec';

/** Logits that a temperature is fitted to at most: 128 MiB. */
const MOST_VALUES = 2 ** 25;
/** Most networks' temperatures are between 0.4 and 2.7; a small validation part doesn't take one far beyond. */
const BELIEF = { deviation: 1 };

/** Fills the defaults in. */
export function resolveCalibration(given: cnn.Calibration | undefined, { name, schema }: Dataset, violations: Violations): cnn.Calibration {
  const head = schema ? headOf(schema) : 'classes';
  const unsureBelow = given?.unsureBelow ?? 0;
  violations.number('calibration.unsure_below', unsureBelow, 0, 1);
  if (unsureBelow > 0 && head !== 'classes') violations.add('calibration.unsure_below', `is for data with one class an image; data set '${name}' holds ${head}. Leave it out`);
  if (given?.temperatureScaling && head === 'numbers') violations.add('calibration.temperature_scaling', `is true, but data set '${name}' holds numbers; leave it out`);
  return { temperatureScaling: given?.temperatureScaling ?? head !== 'numbers', unsureBelow };
}

/** The temperature that fits a part's classes or labels best (Guo et al., 2017). */
export async function temperatureOf(trainer: Trainer, part: EvaluationSource, { spec: { classes, head } }: Network): Promise<number> {
  const [logits, truth]: [Float32Array[], (Float32Array | Int32Array)[]] = [[], []];
  let values = 0;
  await trainer.evaluate(part, {
    outputs: ['logits'],
    see({ inputs, count }, outputs) {
      if (values >= MOST_VALUES) return;
      values += count * classes;
      logits.push((outputs['logits']!.data as Float32Array).slice(0, count * classes));
      truth.push(head === 'labels' ? (inputs['targets']!.data as Float32Array).slice(0, count * classes) : (inputs['y']!.data as Int32Array).slice(0, count));
    },
  });
  return head === 'labels' ? fitSigmoidTemperature(joined(logits), joined(truth), BELIEF) : fitTemperature(joined(logits), joined(truth), classes, BELIEF);
}

/** As float32, which whole numbers below 2 ** 24 are. */
function joined(parts: readonly (Float32Array | Int32Array)[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
