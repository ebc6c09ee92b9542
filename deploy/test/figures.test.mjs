import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadBetween } from './simulation/load.mjs';
import { grownBy, quantile, samplesIn, sumBy } from './simulation/metrics.mjs';
import { misplaced } from './simulation/placement.mjs';
import { usageOf } from './simulation/usage.mjs';

test('samples are read, added up by a label, and what came between two readings is told', () => {
  const text = '# HELP r\nr{code="200",verb="GET"} 12\nr{code="404",verb="GET"} 3\nr{path="a\\"b,c",verb="WATCH"} 1.5e+02\nup 1\n';
  const samples = samplesIn(text);
  assert.equal(samples.length, 4);
  assert.equal(samples[2].labels.path, 'a\\"b,c');
  const sums = sumBy(samples, 'r', ({ verb }) => verb);
  assert.deepEqual([...sums], [['GET', 15], ['WATCH', 150]]);
  assert.deepEqual([...sumBy(samples, 'r', ({ verb }) => (verb === 'WATCH' ? undefined : verb))], [['GET', 15]]);
  assert.deepEqual([...grownBy(sums, new Map([['GET', 20], ['WATCH', 150], ['LIST', 2]]))], [['GET', 5], ['LIST', 2]]);
});

test('a quantile lies within its bucket, and at the last bound where it is beyond', () => {
  const close = (received, expected) => assert.ok(Math.abs(received - expected) < 1e-9, `${received}`);
  close(quantile(new Map([['0.1', 90], ['0.2', 100], ['+Inf', 100]]), 0.99), 0.19);
  close(quantile(new Map([['+Inf', 100], ['0.1', 50]]), 0.99), 0.1);
  assert.ok(Number.isNaN(quantile(new Map(), 0.99)));
});

test('requests are told by verb, the most frequent first, and processes by what they took since', () => {
  const buckets = (low, all) => new Map([['PUT 0.1', low], ['PUT +Inf', all], ['GET 0.1', all], ['GET +Inf', all]]);
  const reading = (put, get, cpuSeconds) => ({ requests: new Map([['GET', get], ['PUT', put]]), buckets: buckets(put, put), usage: new Map([['etcd', { cpuSeconds, peakBytes: 7 }]]) });
  const { requests, processes } = loadBetween(reading(1, 1, 2), reading(101, 11, 5));
  assert.deepEqual(requests.map(({ verb, count }) => [verb, count]), [['PUT', 100], ['GET', 10]]);
  assert.ok(Math.abs(requests[0].p99Seconds - 0.099) < 1e-9);
  assert.deepEqual(processes, [{ name: 'etcd', cpuSeconds: 3, peakBytes: 7 }]);
});

test('what a process took is read from the kernel', () => {
  const { cpuSeconds, peakBytes } = usageOf(process.pid);
  assert.ok(Math.abs(cpuSeconds - process.cpuUsage().user / 1e6 - process.cpuUsage().system / 1e6) < 0.5);
  assert.ok(peakBytes >= process.memoryUsage().rss / 2 && peakBytes < 2 ** 34);
});

test('pods that are where they should not be are named', () => {
  const node = (name, gpus) => ({ metadata: { name, labels: gpus ? { 'nvidia.com/gpu.present': 'true' } : {} }, status: { allocatable: gpus ? { 'nvidia.com/gpu': String(gpus) } : {} } });
  const pod = (name, nodeName, gpus) => ({ metadata: { name, labels: gpus === undefined ? {} : { 'quartet/role': 'serve' } }, spec: { nodeName, containers: [{ resources: { limits: gpus ? { 'nvidia.com/gpu': String(gpus) } : {} } }] } });
  const nodes = [node('gpu', 1), node('plain', 0)];
  assert.deepEqual(misplaced([pod('a', 'gpu', 1), pod('gateway', 'plain')], nodes), []);
  assert.deepEqual(misplaced([pod('a', 'gpu', 1), pod('b', 'gpu', 1), pod('c', 'plain', 1), pod('d', undefined, 1), pod('e', 'gpu', 0), pod('gateway', 'gpu')], nodes), [
    'c is on plain, a node without GPUs',
    'd is on no node',
    'e asks for no GPU',
    'gateway is on gpu, a GPU node',
    'gpu gives 2 GPUs of 1',
  ]);
});
