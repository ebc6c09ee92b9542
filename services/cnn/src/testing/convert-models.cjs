// Converts models that Keras saved, as the import's own process does; run by Node itself, since jest can't load the HDF5 library.
// Input: JSON, [{ path, name, pixels, images: [..], shape }]; output: JSON, what each gives for the images, or its error.
const { readFileSync } = require('node:fs');
const { buildNetwork, startEngine } = require('@quartet/core');
const { convert } = require('../../dist/keras/convert');
const { openModel } = require('../../dist/keras/open-model');

async function answersOf({ path, name, pixels, images, shape, maxBytes }) {
  try {
    const converted = convert(await openModel(path, name, maxBytes), name, pixels);
    const { spec, notes } = converted;
    if (!images) return { spec };
    const network = buildNetwork(spec, 0);
    network.importWeights(converted.weights);
    const { logits } = network.predict({ dtype: 'float32', shape, data: Float32Array.from(images) });
    network.dispose();
    return { logits: [...logits.data], pixels: converted.pixels, notes, spec };
  } catch (error) {
    if (!error.reason) throw error;
    return { reason: error.reason, message: error.message, violations: error.violations };
  }
}

async function main() {
  startEngine();
  const answers = [];
  for (const task of JSON.parse(readFileSync(0, 'utf8'))) answers.push(await answersOf(task));
  process.stdout.write(JSON.stringify(answers));
}

void main();
