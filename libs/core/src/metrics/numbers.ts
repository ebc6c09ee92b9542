import { CoreError } from '../errors';

/** How predicted numbers do; errors in the units of the number. */
export interface NumberScores {
  /** Mean absolute error. */
  mae: number;
  /** Root of the mean squared error. */
  rmse: number;
  /** 1 - squared error / that of always saying the mean; 0 where the number never changes. */
  r2: number;
}

export interface NumbersReport {
  count: number;
  perNumber: NumberScores[];
  /** Mean over examples and numbers. */
  mae: number;
  /** Root of the mean over examples and numbers. */
  rmse: number;
}

interface Sums {
  absolute: number;
  squared: number;
  mean: number;
  /** Sum of squared distances from the mean (Welford, 1962). */
  spread: number;
}

/** Gathers predictions batch by batch, and reports on all of them. */
export class NumbersMetrics {
  private readonly sums: Sums[];
  private count = 0;

  constructor(readonly width: number) {
    this.sums = Array.from({ length: width }, () => ({ absolute: 0, squared: 0, mean: 0, spread: 0 }));
  }

  /** @param predictions [batch, width]. @param targets The same shape. @param count Rows that count, from the first. */
  add(predictions: ArrayLike<number>, targets: ArrayLike<number>, count = targets.length / this.width): void {
    for (let row = 0; row < count; row += 1) {
      this.count += 1;
      this.sums.forEach((sum, column) => {
        const target = targets[row * this.width + column] ?? NaN;
        const error = (predictions[row * this.width + column] ?? NaN) - target;
        sum.absolute += Math.abs(error);
        sum.squared += error ** 2;
        const away = target - sum.mean;
        sum.mean += away / this.count;
        sum.spread += away * (target - sum.mean);
      });
    }
  }

  report(): NumbersReport {
    const { count, width, sums } = this;
    if (count === 0) throw new CoreError('UNUSABLE_DATASET', 'received no example to evaluate on, expected at least one');
    const total = (of: (sum: Sums) => number): number => sums.reduce((all, sum) => all + of(sum), 0) / (count * width);
    return {
      count,
      perNumber: sums.map(({ absolute, squared, spread }) => ({ mae: absolute / count, rmse: Math.sqrt(squared / count), r2: spread === 0 ? 0 : 1 - squared / spread })),
      mae: total(({ absolute }) => absolute),
      rmse: Math.sqrt(total(({ squared }) => squared)),
    };
  }
}
