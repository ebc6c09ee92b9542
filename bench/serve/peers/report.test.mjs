import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportOf } from './report.mjs';

const load = (requests, p50, p99, serverCpuMs) => ({ requests, seconds: 2, p50_ms: p50, p99_ms: p99, client_cpu: 0.1, late_ms: 0, serverCpuMs });
const roundOf = (figures) => Object.fromEntries(Object.entries(figures).map(([server, each]) => [server, { c8: load(...each), rate: load(200, 1, 2, 1) }]));
const peers = { mlserver: [200, 8, 20, 2], triton: [1600, 2, 5, 0.5] };
const rounds = [
  roundOf({ quartet: [800, 4, 10, 1], gateway: [400, 8, 20, 2], ...peers }),
  roundOf({ quartet: [400, 8, 40, 3], gateway: [400, 8, 20, 2], ...peers }),
  roundOf({ quartet: [400, 4, 10, 1], gateway: [400, 8, 20, 2], ...peers }),
];
const own = (title, rssMib) => ({ process: title, rssMib, pssMib: rssMib / 2 });
const memory = { quartet: [own('cnn', 600)], gateway: [own('cnn', 600), own('registry', 300)], mlserver: [own('MLServer', 1200)], triton: [own('Triton', 300)] };
const starts = { quartet: [1, 3, 2], gateway: [4], mlserver: [4], triton: [8] };
const facts = { machine: '2 cores', date: '2026-01-01', load: 0, plan: { seconds: 2, rate: 100 }, differences: { quartet: 1e-6, triton: 2e-6 } };
const lines = reportOf({ ...facts, starts, rounds, memory }).split('\n');

test('loads are shown by the medians of their rounds', () => {
  assert.ok(lines.includes('| 8 under way | Quartet, CNN service | 200 | 4.00 | 10.00 | 1.00 | 0.10 |'), lines.join('\n'));
});

test("ratios are the medians of the rounds' own", () => {
  assert.ok(lines.includes('| 8 under way | Quartet, CNN service / MLServer | 2.00 | 0.50 | 0.50 | 0.50 |'), lines.join('\n'));
  assert.ok(lines.includes('| 8 under way | Quartet, gateway / Triton | 0.25 | 4.00 | 4.00 | 4.00 |'), lines.join('\n'));
});

test('memory is that of all processes, and each start is shown', () => {
  assert.ok(lines.includes('| Quartet, gateway | 900 | cnn 600, registry 300 | 4.00 (4.00) |'), lines.join('\n'));
  assert.ok(lines.includes('| Quartet, CNN service / MLServer | 0.50 | 0.50 |'), lines.join('\n'));
  assert.ok(lines.some((line) => line.startsWith('| Quartet, CNN service | 600 |  | 2.00 (1.00, 3.00, 2.00) |')), lines.join('\n'));
});

test('the largest difference of any server is told', () => {
  assert.match(lines[0], /at most 2\.0e-6\.$/);
});
