// Run with Node 24 by binding.mjs: loads the engine, checks one product of matrices against its known value, and prints
// TensorFlow's version as JSON.
const util = require('node:util');
// tfjs-node 4.22 calls this function, which Node 23 removed.
util.isNullOrUndefined = (value) => value === null || value === undefined;

const tf = require('@tensorflow/tfjs-node-gpu');

const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]]));
const found = Array.from(product.dataSync());
if (tf.getBackend() !== 'tensorflow' || found.join() !== '19,22,43,50') {
  throw new Error(`The ${tf.getBackend()} backend computed [${found}], expected [19,22,43,50] from the tensorflow backend`);
}
process.stdout.write(`${JSON.stringify({ version: tf.backend().binding.TF_Version })}\n`);
