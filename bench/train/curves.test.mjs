import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareCurves, compareOutputs } from './curves.mjs';

const model = { name: 'cnn', losses: 1, exceptions: {} };
const curves = (quartet, keras, more = {}) => ({ quartet: { losses: quartet }, keras: { losses: keras }, ...more });

test('curves that differ by rounding are the same, and by how much is told', () => {
  const { reference, differences } = compareCurves(model, curves([2, 1.0001, 0.5], [2, 1, 0.5]));
  assert.equal(reference, 'keras');
  assert.ok(Math.abs(differences.quartet - 1e-4) < 1e-9);
});

test('a first loss that is off by more than rounding ends the comparison', () => {
  assert.throws(
    () => compareCurves(model, curves([2.0001, 1], [2, 1])),
    /cnn: at step 1 quartet has loss 2.0001, keras 2: they don't learn the same, so their times can't be compared/,
  );
});

test('a curve that falls less, or stops, or is not a number, is another one', () => {
  assert.throws(() => compareCurves(model, curves([2, 1.001], [2, 1])), /at step 2 quartet/);
  assert.throws(() => compareCurves(model, curves([2], [2, 1])), /at step 2 quartet has loss undefined/);
  assert.throws(() => compareCurves(model, curves([2, NaN], [2, 1])), /at step 2 quartet has loss NaN/);
});

test('steps of several losses are counted as steps', () => {
  const gan = { ...model, name: 'dcgan', losses: 2 };
  assert.throws(() => compareCurves(gan, curves([1, 2, 3, 5], [1, 2, 3, 4])), /dcgan: at step 2 quartet has loss 5, keras 4/);
});

test('an exception is left out, and is no reference', () => {
  const results = curves([2, 1], [3, 3]);
  assert.deepEqual(compareCurves({ ...model, exceptions: { keras: 'it is another model' } }, results), { reference: 'quartet', differences: {} });
});

test('outputs are compared against the size of the largest', () => {
  compareOutputs(model, { quartet: [100.001, 0.001], keras: [100, 0] });
  assert.throws(() => compareOutputs(model, { quartet: [100.1, 0], keras: [100, 0] }), /outputs of quartet and keras differ by 0.09/);
  assert.throws(() => compareOutputs(model, { quartet: [100], keras: [100, 0] }), /differ by Infinity/);
});
