import { TrainingEvent } from '@quartet/contracts';
import { TrainingHistory } from './history';

const progress = (step: number, epoch: number, loss: number) => TrainingEvent.fromPartial({ event: { $case: 'progress', value: { step, totalSteps: 20, epoch, totalEpochs: 2, metrics: { loss } } } });
const epochEnd = (epoch: number, loss: number) => TrainingEvent.fromPartial({ event: { $case: 'epochEnd', value: { epoch, metrics: { 'validation/loss': loss } } } });

test('a curve undoes the running means of an epoch', () => {
  // Losses 4 4 4 4 4, 2 2 2 2 2 in the first epoch and 1 in the second, reported as means since the epoch began.
  const history = new TrainingHistory();
  for (const event of [progress(5, 1, 4), progress(10, 1, 3), progress(15, 2, 1), progress(20, 2, 1)]) history.add(event);
  expect(history.stepCurve('loss')).toEqual([[0.5, 4], [1, 2], [1.5, 1], [2, 1]]);
  expect(history.stepCurve('accuracy')).toEqual([]);
});

test('what a resumed run tells again replaces what was told before', () => {
  const history = new TrainingHistory();
  for (const event of [progress(5, 1, 4), progress(10, 1, 4), epochEnd(1, 9), progress(8, 1, 4), progress(10, 1, 4), epochEnd(1, 7), epochEnd(2, 6)]) history.add(event);
  expect(history.stepCurve('loss').map(([at]) => at)).toEqual([0.5, 0.8, 1]);
  expect(history.epochCurve('validation/loss')).toEqual([[1, 7], [2, 6]]);
});

test('a training too short for reports on the way has its curve from the ends of its epochs', () => {
  const history = new TrainingHistory();
  const end = (epoch: number, loss: number) => TrainingEvent.fromPartial({ event: { $case: 'epochEnd', value: { epoch, metrics: { loss } } } });
  for (const event of [progress(20, 2, 1), end(1, 3), end(2, 1)]) history.add(event);
  expect(history.trainingCurve('loss')).toEqual([[1, 3], [2, 1]]);
});
