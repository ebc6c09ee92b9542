import { CoreError } from '../errors';

/** Precision, recall and F1 of one class. 0 where the ratio has no denominator. */
export interface ClassScores {
  precision: number;
  recall: number;
  f1: number;
  /** Examples of the class. */
  support: number;
}

/** How a classifier does on labelled examples. */
export interface ClassificationReport {
  count: number;
  /** Mean cross entropy, in nats. */
  loss: number;
  accuracy: number;
  /** Share of examples whose class is among the k most likely; k = 5, or the number of classes if that is less. */
  topK: { k: number; accuracy: number };
  /** [true class][predicted class]: examples. */
  confusionMatrix: number[][];
  perClass: ClassScores[];
  /** Unweighted means over the classes that occur, as labels or as predictions. */
  macro: { precision: number; recall: number; f1: number };
  /** Expected calibration error over 15 bins of confidence (Guo et al., 2017). */
  calibrationError: number;
}

const CALIBRATION_BINS = 15;
const TOP_K = 5;

/** Gathers a classifier's logits batch by batch, and reports on all of them. */
export class ClassificationMetrics {
  private count = 0;
  private loss = 0;
  private inTopK = 0;
  private readonly k: number;
  private readonly confusion: Float64Array;
  private readonly bins = Array.from({ length: CALIBRATION_BINS }, () => ({ count: 0, confidence: 0, correct: 0 }));

  /** @param temperature By which logits are divided first: changes loss and calibration alone. */
  constructor(
    readonly classes: number,
    private readonly temperature = 1,
  ) {
    this.k = Math.min(TOP_K, classes);
    this.confusion = new Float64Array(classes * classes);
  }

  /**
   * @param logits [batch, classes], row-major. @param labels [batch], in 0..classes-1.
   * @param count Rows that count, from the first; the rest is padding.
   */
  add(logits: ArrayLike<number>, labels: ArrayLike<number>, count = labels.length): void {
    for (let row = 0; row < count; row += 1) this.addRow(logits, row * this.classes, labels[row] ?? -1);
  }

  report(): ClassificationReport {
    const { classes, count, confusion } = this;
    const matrix = Array.from({ length: classes }, (_, row) => [...confusion.subarray(row * classes, (row + 1) * classes)]);
    const rows = matrix.map(sum);
    const columns = matrix.map((_, column) => sum(matrix.map((row) => row[column] ?? 0)));
    const perClass = matrix.map((row, index) => scores(row[index] ?? 0, rows[index] ?? 0, columns[index] ?? 0));
    const present = perClass.filter((_, index) => (rows[index] ?? 0) + (columns[index] ?? 0) > 0);
    const mean = (of: (scores: ClassScores) => number): number => ratio(sum(present.map(of)), present.length);
    return {
      count,
      loss: ratio(this.loss, count),
      accuracy: ratio(sum(matrix.map((row, index) => row[index] ?? 0)), count),
      topK: { k: this.k, accuracy: ratio(this.inTopK, count) },
      confusionMatrix: matrix,
      perClass,
      macro: { precision: mean(({ precision }) => precision), recall: mean(({ recall }) => recall), f1: mean(({ f1 }) => f1) },
      calibrationError: ratio(sum(this.bins.map(({ confidence, correct }) => Math.abs(confidence - correct))), count),
    };
  }

  private addRow(logits: ArrayLike<number>, start: number, label: number): void {
    if (!Number.isInteger(label) || label < 0 || label >= this.classes) {
      throw CoreError.invalid('labels', `received class ${label}, expected 0 to ${this.classes - 1}`, 'UNUSABLE_DATASET');
    }
    let predicted = 0;
    let largest = -Infinity;
    const own = logits[start + label] ?? NaN;
    let above = 0;
    for (let index = 0; index < this.classes; index += 1) {
      const value = logits[start + index] ?? NaN;
      if (value > largest) [largest, predicted] = [value, index];
      // A tie counts as above if it comes first, as in a stable sort.
      if (value > own || (value === own && index < label)) above += 1;
    }
    let total = 0;
    for (let index = 0; index < this.classes; index += 1) total += Math.exp(((logits[start + index] ?? NaN) - largest) / this.temperature);
    this.count += 1;
    this.loss += Math.log(total) + (largest - own) / this.temperature;
    if (above < this.k) this.inTopK += 1;
    const cell = label * this.classes + predicted;
    this.confusion[cell] = (this.confusion[cell] ?? 0) + 1;
    this.calibrate(1 / total, predicted === label);
  }

  private calibrate(confidence: number, correct: boolean): void {
    // Bins are (0, 1/15], (1/15, 2/15], ...
    const index = Math.min(CALIBRATION_BINS - 1, Math.max(0, Math.ceil(confidence * CALIBRATION_BINS) - 1));
    const bin = this.bins[Number.isNaN(index) ? 0 : index];
    if (!bin) return;
    bin.count += 1;
    bin.confidence += confidence;
    bin.correct += correct ? 1 : 0;
  }
}

function scores(hits: number, labelled: number, predicted: number): ClassScores {
  const precision = ratio(hits, predicted);
  const recall = ratio(hits, labelled);
  return { precision, recall, f1: ratio(2 * hits, labelled + predicted), support: labelled };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
