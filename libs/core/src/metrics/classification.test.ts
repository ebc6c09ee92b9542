import { golden, largestDifference } from '../testing/golden';
import { ClassificationMetrics, type ClassificationReport } from './classification';

interface Golden {
  classes: number;
  logits: number[];
  labels: number[];
  loss: number;
  accuracy: number;
  top5: number;
  confusion: number[][];
  perClass: ClassificationReport['perClass'];
  macro: ClassificationReport['macro'];
  calibrationError: number;
}

const expected = golden<Golden>('classification.json');

test("equals scikit-learn's numbers, gathered in two batches with padding", () => {
  const metrics = new ClassificationMetrics(expected.classes);
  metrics.add(expected.logits.slice(0, 120 * 7), expected.labels.slice(0, 120), 120);
  metrics.add([...expected.logits.slice(120 * 7), ...new Array<number>(14).fill(0)], [...expected.labels.slice(120), 0, 0], 80);
  const report = metrics.report();
  expect(report.count).toBe(200);
  expect(report.confusionMatrix).toEqual(expected.confusion);
  expect(report.accuracy).toBeCloseTo(expected.accuracy, 12);
  expect(report.topK).toEqual({ k: 5, accuracy: expected.top5 });
  expect(report.loss).toBeCloseTo(expected.loss, 10);
  expect(report.calibrationError).toBeCloseTo(expected.calibrationError, 10);
  const flat = (rows: ClassificationReport['perClass']): number[] => rows.flatMap(({ precision, recall, f1, support }) => [precision, recall, f1, support]);
  expect(largestDifference(flat(report.perClass), flat(expected.perClass))).toBeLessThan(1e-12);
  expect(largestDifference(Object.values(report.macro), Object.values(expected.macro))).toBeLessThan(1e-12);
});

test('stays finite for logits far beyond what exp can take', () => {
  const metrics = new ClassificationMetrics(2);
  metrics.add([1000, -1000, -1000, 1000], [0, 0]);
  expect(metrics.report()).toMatchObject({ loss: 1000, accuracy: 0.5 });
});

test('refuses a class that the model does not have', () => {
  expect(() => new ClassificationMetrics(3).add([0, 0, 0], [3])).toThrow('labels: received class 3, expected 0 to 2');
});
