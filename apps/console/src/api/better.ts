const LESS = /loss|error|mae$|rmse$|mase$|mse$|distance|perplexity|rate$|nll|bits/i;
const MORE = /accuracy|f1$|precision|recall|match$|skill|auroc|psnr|ssim|bleu|chrf|coverage|diversity/i;

/** Which of two values of a metric is better: the first (-1), the second (1), neither (0); undefined: that can't be told from its name. */
export function betterOf(metric: string, first: number | undefined, second: number | undefined): -1 | 0 | 1 | undefined {
  const name = metric.slice(metric.lastIndexOf('/') + 1);
  if (first === undefined || second === undefined || !Number.isFinite(first) || !Number.isFinite(second)) return undefined;
  // The learning rate is a choice, no outcome.
  const sign = name === 'learningRate' ? 0 : LESS.test(name) ? -1 : MORE.test(name) ? 1 : 0;
  if (sign === 0) return undefined;
  return Math.sign(sign * (second - first)) as -1 | 0 | 1;
}
