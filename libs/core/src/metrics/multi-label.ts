import { CoreError } from '../errors';
import type { ClassScores } from './classification';

/** As ClassScores, of one label; the threshold is a probability of 0.5. */
export interface LabelScores extends ClassScores {
  /** Area under precision over recall, as a sum over the distinct scores; null for a label that no example has. */
  averagePrecision: number | null;
}

/** How a network does that tells of each of several labels whether an example has it. */
export interface MultiLabelReport {
  count: number;
  /** Mean binary cross entropy over examples and labels, in nats. */
  loss: number;
  /** Share of examples all of whose labels are right. */
  exactMatch: number;
  perLabel: LabelScores[];
  /** Unweighted mean over the labels. */
  macroF1: number;
  /** Of all decisions taken together. */
  microF1: number;
  /** Unweighted mean of the average precisions, over the labels that some example has. */
  meanAveragePrecision: number;
}

/** Gathers a network's logits of labels batch by batch, and reports on all of them. */
export class MultiLabelMetrics {
  private readonly logits: Float32Array[] = [];
  private readonly targets: Uint8Array[] = [];
  private count = 0;

  /** @param temperature By which logits are divided first: changes the loss alone. */
  constructor(
    readonly labels: number,
    private readonly temperature = 1,
  ) {}

  /** @param logits [batch, labels]. @param targets The same shape, 0 or 1. @param count Rows that count, from the first. */
  add(logits: ArrayLike<number>, targets: ArrayLike<number>, count = targets.length / this.labels): void {
    const size = count * this.labels;
    this.logits.push(Float32Array.from({ length: size }, (_, index) => logits[index] ?? NaN));
    this.targets.push(Uint8Array.from({ length: size }, (_, index) => targets[index] ?? 0));
    this.count += count;
  }

  report(): MultiLabelReport {
    const { labels, count } = this;
    if (count === 0) throw new CoreError('UNUSABLE_DATASET', 'received no example to evaluate on, expected at least one');
    const scores = this.columns(this.logits);
    const truth = this.columns(this.targets);
    const perLabel = scores.map((column, label) => scoresOf(column, truth[label]!));
    const precise = perLabel.flatMap(({ averagePrecision }) => (averagePrecision === null ? [] : [averagePrecision]));
    let [hits, decided, loss, exact] = [0, 0, 0, 0];
    for (let row = 0; row < count; row += 1) {
      let right = true;
      for (let label = 0; label < labels; label += 1) {
        const [logit, has] = [scores[label]![row]!, truth[label]![row]!];
        const says = logit >= 0 ? 1 : 0;
        hits += says & has;
        decided += says + has;
        right &&= says === has;
        const z = logit / this.temperature;
        loss += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - z * has;
      }
      exact += Number(right);
    }
    return {
      count,
      loss: loss / (count * labels),
      exactMatch: exact / count,
      perLabel,
      macroF1: perLabel.reduce((sum, { f1 }) => sum + f1, 0) / labels,
      microF1: decided === 0 ? 0 : (2 * hits) / decided,
      meanAveragePrecision: precise.length === 0 ? 0 : precise.reduce((sum, value) => sum + value, 0) / precise.length,
    };
  }

  /** A column a label. */
  private columns(batches: readonly ArrayLike<number>[]): Float32Array[] {
    const columns = Array.from({ length: this.labels }, () => new Float32Array(this.count));
    let row = 0;
    for (const batch of batches) {
      for (let at = 0; at < batch.length; at += this.labels, row += 1) for (let label = 0; label < this.labels; label += 1) columns[label]![row] = batch[at + label]!;
    }
    return columns;
  }
}

function scoresOf(logits: Float32Array, truth: Float32Array): LabelScores {
  let [hits, predicted, support] = [0, 0, 0];
  logits.forEach((logit, row) => {
    predicted += Number(logit >= 0);
    support += truth[row]!;
    hits += Number(logit >= 0) * truth[row]!;
  });
  const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  return { precision: ratio(hits, predicted), recall: ratio(hits, support), f1: ratio(2 * hits, predicted + support), support, averagePrecision: averagePrecision(logits, truth, support) };
}

/** The sum of (recall here - recall before) * precision here, down the scores; equal scores are one step. */
function averagePrecision(logits: Float32Array, truth: Float32Array, support: number): number | null {
  if (support === 0) return null;
  const order = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]!);
  let [hits, counted, area] = [0, 0, 0];
  for (let at = 0; at < order.length; at += 1) {
    hits += truth[order[at]!]!;
    if (at + 1 < order.length && logits[order[at + 1]!] === logits[order[at]!]) continue;
    area += ((hits - counted) / support) * (hits / (at + 1));
    counted = hits;
  }
  return area;
}
