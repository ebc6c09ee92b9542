// That all contenders compute the same thing: without it, times mean nothing.

/**
 * From equal weights, on equal batches, the losses differ by rounding alone: by 1e-7 at the first step. That grows from step to step:
 * Adam divides by the size of the gradient, so that where a gradient is about 0 its rounding decides a whole step. Of the curves measured
 * the ones furthest apart stay below a fifth of this.
 */
const TOLERANCE = { firstStep: 1e-5, later: 1e-4, growth: 1.3, most: 2e-2 };
const OUTPUT_TOLERANCE = 1e-4;
/** bfloat16 has 8 bits of precision; its curve has to be the same to the eye. */
const BFLOAT16_TOLERANCE = 0.25;

/** @param step From 0. */
export const toleranceAt = (step) => (step === 0 ? TOLERANCE.firstStep : Math.min(TOLERANCE.most, TOLERANCE.later * TOLERANCE.growth ** step));

/**
 * Compares each contender's losses with the reference's: Keras', or those of the first that isn't an exception.
 *
 * @returns `{ reference, differences: { [name]: largest relative difference } }`
 * @throws Error naming contender, step and both losses where they differ.
 */
export function compareCurves({ name: model, losses: perStep, exceptions }, results) {
  const names = Object.keys(results).filter((name) => !exceptions[name]);
  const reference = names.includes('keras') ? 'keras' : names[0];
  const differences = {};
  for (const name of names.filter((each) => each !== reference)) {
    differences[name] = 0;
    for (const [index, expected] of results[reference].losses.entries()) {
      const received = results[name].losses[index];
      const step = Math.floor(index / perStep);
      const difference = Math.abs(received - expected) / Math.abs(expected);
      if (!(difference <= (name === 'quartetBfloat16' ? BFLOAT16_TOLERANCE : toleranceAt(step)))) {
        throw new Error(`${model}: at step ${step + 1} ${name} has loss ${received}, ${reference} ${expected}: they don't learn the same, so their times can't be compared`);
      }
      differences[name] = Math.max(differences[name], difference);
    }
  }
  return { reference, differences };
}

/** @throws Error where the models' outputs differ by more than rounding. */
export function compareOutputs({ name: model, exceptions }, outputs) {
  const names = Object.keys(outputs).filter((name) => !exceptions[name]);
  const reference = names.includes('keras') ? 'keras' : names[0];
  const expected = outputs[reference];
  const scale = Math.max(...expected.map(Math.abs));
  for (const name of names) {
    const received = outputs[name];
    const difference = received.length === expected.length ? Math.max(...received.map((value, index) => Math.abs(value - expected[index]))) : Infinity;
    if (!(difference <= OUTPUT_TOLERANCE * scale)) {
      throw new Error(`${model}: with equal weights the outputs of ${name} and ${reference} differ by ${difference}, expected at most ${OUTPUT_TOLERANCE} of ${scale}`);
    }
  }
}
