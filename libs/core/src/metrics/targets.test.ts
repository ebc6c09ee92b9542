import { golden, largestDifference } from '../testing/golden';
import { ClassificationMetrics } from './classification';
import { MultiLabelMetrics, type LabelScores } from './multi-label';
import { NumbersMetrics, type NumberScores } from './numbers';
import { fitSigmoidTemperature, fitTemperature } from './temperature';

interface Temperature {
  classes: number;
  logits: number[];
  labels: number[];
  temperature: number;
  lossBefore: number;
  lossAfter: number;
  errorBefore: number;
  errorAfter: number;
}

/** From SciPy and scikit-learn: see golden/make_calibration_golden.py. */
const expected = golden<{
  sharp: Temperature;
  flat: Temperature;
  labels: { labels: number; logits: number[]; truth: number[]; perLabel: LabelScores[]; meanAveragePrecision: number; microF1: number; exactMatch: number; loss: number };
  numbers: { width: number; target: number[]; prediction: number[]; perNumber: NumberScores[]; mae: number; rmse: number };
}>('cnn-targets.json');

describe.each(['sharp', 'flat'] as const)('logits that are too %s', (name) => {
  const { classes, logits, labels, temperature, lossBefore, lossAfter, errorBefore, errorAfter } = expected[name];

  test("get SciPy's temperature", () => {
    expect(fitTemperature(logits, labels, classes)).toBeCloseTo(temperature, 5);
  });

  test.each([
    ['before', 1, lossBefore, errorBefore],
    ['after', temperature, lossAfter, errorAfter],
  ])('loss and calibration error %s it', (_when, divisor, loss, error) => {
    const metrics = new ClassificationMetrics(classes, divisor);
    metrics.add(logits, labels);
    const report = metrics.report();
    expect(report.loss).toBeCloseTo(loss, 6);
    expect(report.calibrationError).toBeCloseTo(error, 6);
  });
});

test('a temperature stays finite where there is no best one', () => {
  // All right: the colder the better. All wrong: the hotter.
  expect(fitTemperature([3, 0, 0, 3], [0, 1], 2)).toBeCloseTo(Math.exp(-4), 3);
  expect(fitTemperature([3, 0, 0, 3], [1, 0], 2)).toBeCloseTo(Math.exp(4), 0);
  expect(fitTemperature([], [], 2)).toBe(1);
});

test('a belief keeps few examples from deciding, and gives way to many', () => {
  // Ten examples that are all right, with a margin of 3.
  const right = Array.from({ length: 10 }, () => [3, 0]).flat();
  const labels = right.filter((_, at) => at % 2 === 0).map(() => 0);
  const cost = (u: number): number => 10 * Math.log1p(Math.exp(-3 * Math.exp(-u))) + u ** 2 / 2;
  const steps = Array.from({ length: 80_001 }, (_, at) => -4 + at / 10_000);
  const best = steps.reduce((least, u) => (cost(u) < cost(least) ? u : least));
  expect(Math.log(fitTemperature(right, labels, 2, { deviation: 1 }))).toBeCloseTo(best, 3);
  expect(best).toBeGreaterThan(-1);
  const { logits, labels: known, classes } = expected.sharp;
  const many = { logits: Array.from({ length: 6 }, () => logits).flat(), labels: Array.from({ length: 6 }, () => known).flat() };
  expect(Math.abs(Math.log(fitTemperature(many.logits, many.labels, classes, { deviation: 1 }) / expected.sharp.temperature))).toBeLessThan(0.02);
});

test('a temperature of labels that stand by themselves is that of a softmax over yes and no', () => {
  const { logits, truth } = expected.labels;
  const pairs = logits.flatMap((z) => [0, z]);
  expect(fitSigmoidTemperature(logits, truth)).toBeCloseTo(fitTemperature(pairs, truth, 2), 6);
});

test("labels: scikit-learn's numbers, gathered in two batches with padding", () => {
  const { labels, logits, truth, perLabel, meanAveragePrecision, microF1, exactMatch, loss } = expected.labels;
  const metrics = new MultiLabelMetrics(labels);
  metrics.add(logits.slice(0, 60 * labels), truth.slice(0, 60 * labels));
  metrics.add([...logits.slice(60 * labels), ...new Array<number>(labels).fill(9)], [...truth.slice(60 * labels), ...new Array<number>(labels).fill(0)], 30);
  const report = metrics.report();
  expect(report.count).toBe(90);
  const flat = (rows: LabelScores[]): number[] => rows.flatMap(({ precision, recall, f1, support, averagePrecision }) => [precision, recall, f1, support, averagePrecision ?? -1]);
  expect(largestDifference(flat(report.perLabel), flat(perLabel))).toBeLessThan(1e-12);
  expect(report.macroF1).toBeCloseTo(perLabel.reduce((sum, { f1 }) => sum + f1, 0) / labels, 12);
  expect(report).toMatchObject({ meanAveragePrecision: expect.closeTo(meanAveragePrecision, 12), microF1: expect.closeTo(microF1, 12), exactMatch: expect.closeTo(exactMatch, 12), loss: expect.closeTo(loss, 6) });
});

test("numbers: scikit-learn's errors", () => {
  const { width, target, prediction, perNumber, mae, rmse } = expected.numbers;
  const metrics = new NumbersMetrics(width);
  metrics.add(prediction.slice(0, 30), target.slice(0, 30));
  metrics.add(prediction.slice(30), target.slice(30));
  const report = metrics.report();
  expect(largestDifference(report.perNumber.flatMap(({ mae: a, rmse: b, r2 }) => [a, b, r2]), perNumber.flatMap(({ mae: a, rmse: b, r2 }) => [a, b, r2]))).toBeLessThan(1e-6);
  expect(report.mae).toBeCloseTo(mae, 6);
  expect(report.rmse).toBeCloseTo(rmse, 6);
});

test('no example is an error', () => {
  expect(() => new MultiLabelMetrics(2).report()).toThrow('received no example to evaluate on');
  expect(() => new NumbersMetrics(2).report()).toThrow('received no example to evaluate on');
});
