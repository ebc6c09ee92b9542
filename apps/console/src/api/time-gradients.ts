import type { TrainingEvent } from '../generated/quartet/training/v1/training_pb';
import type { Curve } from './curves';

/** One look at |dL/dh_t|, by recurrent cell. */
export interface Look {
  /** Of the training. */
  step: number;
  /** x: time step, from 1; y: |dL/dh_t|. */
  curves: Curve[];
  /** By cell: time steps before the end that the gradient reaches. */
  reach: Map<string, number>;
}

/** Most cells of a chart; those whose gradient reaches back least far. */
const MOST_CELLS = 8;

/** All looks of a training, in order. Of what was looked at twice, by a resumed run, the later counts. */
export function looksOf(events: readonly TrainingEvent[]): Look[] {
  const looks = new Map<number, Look>();
  for (const { event } of events) {
    const seen = event.case === 'progress' ? event.value.timeGradients : undefined;
    if (!seen) continue;
    const cells = [...seen.cells].sort((a, b) => a.reach - b.reach).slice(0, MOST_CELLS);
    looks.set(Number(seen.step), {
      step: Number(seen.step),
      curves: cells.map(({ path, timeSteps, norms }) => ({ name: path, x: placesOf(timeSteps, norms.length), y: norms })).sort((a, b) => a.name.localeCompare(b.name)),
      reach: new Map(cells.map(({ path, reach }) => [path, reach])),
    });
  }
  return [...looks.values()].sort((a, b) => a.step - b.step);
}

/** Time steps, from 1, at which `count` numbers were taken, spread evenly from the first to the last. */
const placesOf = (timeSteps: number, count: number): number[] => Array.from({ length: count }, (_, at) => 1 + Math.round((at * (timeSteps - 1)) / Math.max(1, count - 1)));

/** How far the gradient of each cell reached, by the step of the training. */
export function reachCurves(looks: readonly Look[]): Curve[] {
  const names = [...new Set(looks.flatMap(({ reach }) => [...reach.keys()]))].sort();
  return names.slice(0, MOST_CELLS).map((name) => {
    const points = looks.flatMap(({ step, reach }) => (reach.has(name) ? [[step, reach.get(name)!] as const] : []));
    return { name, x: points.map(([step]) => step), y: points.map(([, reach]) => reach) };
  });
}
