import type { TrainingEvent } from '../generated/quartet/training/v1/training_pb';

/** One metric over the steps of a training. */
export interface Curve {
  name: string;
  x: number[];
  y: number[];
}

/** Curves that are looked at together. */
export interface CurveGroup {
  title: string;
  /** What the names of all its curves begin with, and a legend need not say. */
  prefix: string;
  curves: Curve[];
  /** Of sizes that differ by orders of magnitude. */
  logarithmic: boolean;
}

/** Most lines of a chart; the layers with the largest last values. */
const MOST_LINES = 8;

const TITLES: Record<string, string> = { loss: 'Loss', learningRate: 'Learning rate', gradientNorm: 'Gradient norm', updateRatio: 'Update to weight, by kernel', deadUnits: 'Dead units, by layer', spectralRadius: 'Spectral radius, by layer', accuracy: 'Accuracy', waitShare: 'Share of the time spent waiting for data', score: 'Scores', classes: 'Share of each class', distance: 'Distance from real examples', mse: 'Mean squared error' };
const ORDER = ['loss', 'accuracy', 'learningRate', 'gradientNorm', 'gradientNorm by layer'];
const LOGARITHMIC = new Set(['gradientNorm', 'updateRatio']);
const BY_LAYER = new Set(['gradientNorm', 'updateRatio', 'deadUnits', 'spectralRadius']);
const PARTS = new Set(['validation', 'train', 'step', 'test']);

/** Every metric by its steps. Of what was recorded twice, by a resumed run, the later counts. */
export function curvesOf(events: readonly TrainingEvent[]): Map<string, Curve> {
  const values = new Map<string, Map<number, number>>();
  let step = 0;
  for (const { event } of events) {
    if (event.case === 'progress') step = Number(event.value.step);
    else if (event.case !== 'epochEnd') continue;
    for (const [name, value] of Object.entries(event.value.metrics)) {
      if (!values.has(name)) values.set(name, new Map());
      values.get(name)!.set(step, value);
    }
  }
  return new Map(
    [...values].map(([name, points]) => {
      const sorted = [...points].filter(([, value]) => Number.isFinite(value)).sort(([a], [b]) => a - b);
      return [name, { name, x: sorted.map(([at]) => at), y: sorted.map(([, value]) => value) }];
    }),
  );
}

/** `validation/loss` belongs with `loss`; `gradientNorm/layers.0.kernel` with its like. */
function groupOf(name: string): string {
  const [head = '', ...rest] = name.split('/');
  if (rest.length === 0) return head;
  if (PARTS.has(head)) return rest.join('/');
  return BY_LAYER.has(head) ? `${head} by layer` : head;
}

/** The charts of a training. */
export function groupsOf(curves: Map<string, Curve>): CurveGroup[] {
  const groups = new Map<string, Curve[]>();
  for (const curve of curves.values()) {
    const group = groupOf(curve.name);
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group)!.push(curve);
  }
  const place = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length + (name.includes(' by ') ? 1 : 0));
  return [...groups]
    .sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b))
    .map(([name, members]) => {
      const [base = name, ofLayers] = name.split(' by ');
      const title = TITLES[base] ?? base;
      const largest = [...members].sort((a, b) => (b.y.at(-1) ?? 0) - (a.y.at(-1) ?? 0)).slice(0, MOST_LINES);
      return { prefix: ofLayers ? `${base}/` : '', title: ofLayers && !title.includes(', by') ? `${title}, by layer` : title, curves: members.length > MOST_LINES ? largest : members, logarithmic: LOGARITHMIC.has(base) };
    });
}
