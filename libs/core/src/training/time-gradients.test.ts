import { scoped, startEngine, tf } from '../engine';
import { orthogonal } from '../layers/initializers';
import { Parameters } from '../layers/parameters';
import { lstm, simpleRnn } from '../layers/recurrent/layers';
import type { RecurrentLayer } from '../layers/recurrent/recurrent-layer';
import { judgeTimeGradients } from './time-gradients';

beforeAll(() => {
  startEngine();
});

/** |dL/dh_t| of a loss on the last state of a layer over 100 steps of noise. */
function curve(make: (parameters: Parameters) => RecurrentLayer): Float32Array {
  const parameters = new Parameters(5);
  const layer = make(parameters);
  const norms = scoped(() => {
    const x = tf().randomNormal([4, 100, 2], 0, 0.3, 'float32', 3);
    let kept: Float32Array | undefined;
    tf().variableGrads(
      () => layer.apply(x, { onTimeGradients: (given) => (kept = Float32Array.from(given.dataSync())) }).last.sum().asScalar(),
      parameters.all.map(({ variable }) => variable),
    );
    return kept!;
  });
  parameters.dispose();
  return norms;
}

const rnn = (gain: number) => curve((p) => simpleRnn(p, 2, 16, { recurrentInitializer: orthogonal(gain), activation: 'relu' }));

test('a simple net whose recurrent kernel shrinks is named as vanishing, one that grows as exploding', () => {
  // Of an orthogonal kernel the gain is the spectral radius; ReLU takes part of it away.
  const shrinking = judgeTimeGradients(rnn(0.8));
  expect(shrinking.finding).toMatchObject({ verdict: 'vanishing' });
  expect(shrinking.finding!.evidence).toMatch(/^\|dL\/dh_t\| goes from \S+ at step 90 of 100 to \S+ at the first; \d+ steps before the end it is below a hundredth of that$/);
  expect(shrinking.reach).toBeLessThan(50);
  expect(judgeTimeGradients(rnn(2)).finding).toMatchObject({ verdict: 'exploding' });
});

test('an LSTM whose forget gate starts open lets the gradient through; one whose gate is half shut does not', () => {
  const open = judgeTimeGradients(curve((p) => lstm(p, 2, 16, { forgetBias: 6 })));
  expect(open.finding).toBeUndefined();
  expect(open.reach).toBe(100);
  expect(judgeTimeGradients(curve((p) => lstm(p, 2, 16, { forgetBias: 0 }))).finding).toMatchObject({ verdict: 'vanishing' });
});

test('reach and ratio are those of the curve', () => {
  const falling = Array.from({ length: 10 }, (_, t) => 10 ** (t - 9));
  expect(judgeTimeGradients(falling)).toMatchObject({ reach: 4, finding: { verdict: 'vanishing' } });
  expect(judgeTimeGradients(falling).ratio).toBeCloseTo(1e-8, 15);
  expect(judgeTimeGradients([0.01, 0.5, 1])).toEqual({ ratio: 0.02, reach: 3 });
});

test('a norm that is not finite is named with its step', () => {
  expect(judgeTimeGradients([1, NaN, Infinity, 2, 1]).finding).toMatchObject({ verdict: 'not_finite', evidence: '|dL/dh_t| is Infinity at step 3 of 5, on its way back from 1.00 at the last' });
  expect(() => judgeTimeGradients([1])).toThrow('norms: received 1, expected those of two steps or more');
});
