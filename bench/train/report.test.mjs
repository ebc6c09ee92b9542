import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportOf } from './report.mjs';

const contender = (step, one, peakBytes) => ({ step, infer: { 1: [one], 64: [one * 16] }, peakBytes, firstMs: 500, losses: [2, 1], notes: {}, versions: {} });
const contenders = {
  quartet: contender([10, 20, 10], 0.5, 2 ** 29),
  keras: contender([30, 30, 30], 1, 2 ** 30),
  torch: contender([20, 50, 40], 0.25, 2 ** 30),
};
const result = { model: { name: 'cnn', title: 'A CNN', losses: 1, exceptions: {} }, contenders, curves: { reference: 'keras', differences: { quartet: 1e-6, torch: 2e-6 } } };
const facts = { names: ['quartet', 'keras', 'torch', 'torchChannelsLast'], plan: { rounds: 3, roundMs: 1500 }, load: 0, command: 'run', machine: '2 cores', date: '2026-01-01' };
const rows = reportOf([result], facts).split('\n').filter((line) => /^\| (A CNN|cnn) /.test(line));

test('the ratios are those of the rounds, and the faster peer is chosen in each', () => {
  // Keras: 3, 1.5, 3. PyTorch: 2, 2.5, 4. The faster one: 2, 1.5, 3.
  assert.equal(rows[0], '| A CNN | 10.0 (10.0) | 30.0 (30.0) | 40.0 (20.0) |  | 3.00 | 2.50 | 2.00 |');
});

test('inference is given as latency and throughput, with the time against PyTorch', () => {
  assert.equal(rows[1], '| cnn | 0.50 | 1.00 | 0.25 |  | 2.00 |');
  assert.equal(rows[2], '| cnn | 8,000 | 4,000 | 16,000 |  | 2.00 |');
});

test('memory is given against Keras, the first step in seconds', () => {
  assert.equal(rows[3], '| cnn | 512 | 1,024 | 1,024 |  | 0.50 |');
  assert.equal(rows[4], '| cnn | 0.50 | 0.50 | 0.50 |  |');
});

test('the curve has its ends and the differences', () => {
  assert.equal(rows[5], '| cnn | 2 | 2.000 | 1.000 | 1.0e-6 | 2.0e-6 |');
});
