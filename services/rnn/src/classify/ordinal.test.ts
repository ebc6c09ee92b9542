import { medianClass, ordinalReport } from './ordinal';

/** [true][predicted] */
function confusion(truth: readonly number[], predicted: readonly number[]): number[][] {
  const matrix = Array.from({ length: 5 }, () => new Array<number>(5).fill(0));
  truth.forEach((label, at) => (matrix[label]![predicted[at]!]! += 1));
  return matrix;
}

describe('ordered classes', () => {
  it('have the quadratic kappa of scikit-learn and the mean distance', () => {
    const report = ordinalReport(confusion([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 2, 1], [0, 1, 1, 2, 2, 4, 3, 2, 4, 3, 2, 1]));
    // cohen_kappa_score(..., weights='quadratic') of scikit-learn 1.9.1
    expect(report.quadraticKappa).toBeCloseTo(0.7903930131004366, 12);
    expect(report.meanAbsoluteError).toBeCloseTo(6 / 12, 12);
    expect(ordinalReport(confusion([0, 1, 2], [0, 1, 2]))).toEqual({ meanAbsoluteError: 0, quadraticKappa: 1 });
    expect(ordinalReport(confusion([1, 1], [1, 1]))).toEqual({ meanAbsoluteError: 0, quadraticKappa: 0 });
    expect(ordinalReport(confusion([], []))).toEqual({ meanAbsoluteError: 0, quadraticKappa: 0 });
  });

  it.each([[[1, 0, 0], 0], [[0.4, 0.2, 0.4], 1], [[0.1, 0.2, 0.7], 2], [[0.5, 0.25, 0.25], 0], [[0.3, 0.3, 0.3], 1]])('have their median: %j', (probabilities, median) => {
    expect(medianClass(probabilities)).toBe(median);
  });
});
