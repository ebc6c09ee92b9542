/** Of the search, by powers of e: temperatures from 0.018 to 55. */
const [COLDEST, HOTTEST] = [-4, 4];
/** Halvings of that range: far below what float32 logits tell apart. */
const ROUNDS = 40;

export interface TemperatureOptions {
  /**
   * Standard deviation of ln T around 0, as believed before any example was seen; default: none, whatever fits. Few examples that are all classified rightly
   * ask for a temperature near 0, which no more of them would bear out: with a belief, they move it a little, and thousands decide by themselves.
   */
  deviation?: number;
}

/**
 * The temperature T by which logits are to be divided so that their probabilities fit the labels best: it minimizes the cross entropy
 * (Guo et al., 2017: temperature scaling). The loss is convex in 1 / T, and its slope there is the mean of sum(p[k] z[k]) - z[label], whose
 * sign is halved down to the root.
 *
 * @param logits [examples, classes], row-major. @param labels [examples], in 0..classes-1.
 * @returns Above 1 for a network that is too sure of itself; 1 where there are no examples.
 */
export function fitTemperature(logits: ArrayLike<number>, labels: ArrayLike<number>, classes: number, options: TemperatureOptions = {}): number {
  return root(labels.length, options, (inverse) => {
    let slope = 0;
    for (let row = 0; row < labels.length; row += 1) slope += softmaxSlope(logits, row * classes, classes, labels[row] as number, inverse);
    return slope;
  });
}

/**
 * As fitTemperature, of labels that stand each by itself: sigmoid(z / T).
 *
 * @param logits [examples, labels]. @param targets The same shape, 0 or 1.
 */
export function fitSigmoidTemperature(logits: ArrayLike<number>, targets: ArrayLike<number>, options: TemperatureOptions = {}): number {
  return root(targets.length, options, (inverse) => {
    let slope = 0;
    for (let index = 0; index < targets.length; index += 1) {
      const z = logits[index] as number;
      slope += z * (1 / (1 + Math.exp(-z * inverse)) - (targets[index] as number));
    }
    return slope;
  });
}

/** @param slope Of the loss of all examples, by 1 / T; grows with it. */
function root(examples: number, { deviation = Infinity }: TemperatureOptions, slope: (inverse: number) => number): number {
  if (examples === 0) return 1;
  let [low, high] = [COLDEST, HOTTEST];
  for (let round = 0; round < ROUNDS; round += 1) {
    const middle = (low + high) / 2;
    const inverse = Math.exp(-middle);
    // By -ln T, of the loss and of what was believed. Negative: they still fall with 1 / T, so the temperature is below.
    if (inverse * slope(inverse) - middle / deviation ** 2 < 0) high = middle;
    else low = middle;
  }
  return Math.exp((low + high) / 2);
}

function softmaxSlope(logits: ArrayLike<number>, start: number, classes: number, label: number, inverse: number): number {
  let largest = -Infinity;
  for (let index = 0; index < classes; index += 1) largest = Math.max(largest, logits[start + index] as number);
  let [total, weighted] = [0, 0];
  for (let index = 0; index < classes; index += 1) {
    const above = (logits[start + index] as number) - largest;
    const share = Math.exp(above * inverse);
    total += share;
    weighted += share * above;
  }
  return weighted / total - ((logits[start + label] as number) - largest);
}
