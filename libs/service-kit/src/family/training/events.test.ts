import { TimeGradients } from '@quartet/contracts';
import { toProtoEvent } from './events';

/** A look at cells whose gradient doubles from step to step, over 64 of 1000 time steps. */
function look(cells: number) {
  const paths = Array.from({ length: cells }, (_, at) => `member${at}.recurrent.0.backward`);
  const of = <T>(value: T): Record<string, T> => Object.fromEntries(paths.map((path) => [path, value]));
  return { step: 25, curves: of(Array.from({ length: 64 }, (_, at) => 2 ** at)), lengths: of(1000), reach: of(7), radii: {} };
}

const progressWith = (cells: number) => {
  const event = toProtoEvent({ type: 'progress', step: 26, totalSteps: 50, epoch: 1, totalEpochs: 2, metrics: {}, examplesPerSecond: 1, throughTime: look(cells) });
  return event.$case === 'progress' ? event.value.timeGradients : undefined;
};

test('an event has the gradient through time, cell by cell', () => {
  const gradients = progressWith(1);
  expect(gradients).toMatchObject({ step: 25n, cells: [{ path: 'member0.recurrent.0.backward', timeSteps: 1000, reach: 7 }] });
  expect(gradients?.cells[0]?.norms).toHaveLength(64);
});

test('of many cells each curve has fewer points, so that an event stays small: the first and the last are always there', () => {
  const gradients = progressWith(256)!;
  const { cells } = gradients;
  expect(cells).toHaveLength(256);
  expect(TimeGradients.encode(gradients).finish().length).toBeLessThan(16 * 1024);
  for (const { norms } of cells) expect([norms.length, norms[0], norms.at(-1)]).toEqual([4, 1, 2 ** 63]);
});
