import type { TopLevelSpec } from 'vega-lite';
import { whole } from './specs';

/** The latent space in two dimensions, a colour a class. */
export function latentScatter(title: string, points: readonly { x: number; y: number; name: string }[], explained: readonly number[]): TopLevelSpec {
  const axis = (index: number): string => `axis ${index + 1}, ${Math.round((explained[index] ?? 0) * 100)} % of the variance`;
  return whole({
    title,
    width: 560,
    height: 480,
    data: { values: points },
    mark: { type: 'circle', opacity: 0.65, size: 26 },
    encoding: {
      x: { field: 'x', type: 'quantitative', title: axis(0) },
      y: { field: 'y', type: 'quantitative', title: axis(1) },
      color: { field: 'name', type: 'nominal', title: null, scale: { scheme: 'tableau10' }, sort: null },
    },
  });
}

/** Bytes an example against the quality of what comes back. */
export function rateDistortion(title: string, measure: string, points: readonly { bytes: number; distortion: number; quality: number }[]): TopLevelSpec {
  const x = { field: 'bytes', type: 'quantitative', title: 'bytes an example, in a stream of many', scale: { zero: false } };
  const y = { field: 'distortion', type: 'quantitative', title: measure, scale: { zero: false } };
  return whole({
    title,
    width: 480,
    height: 320,
    data: { values: points },
    layer: [
      { mark: { type: 'line', strokeWidth: 2, point: { size: 60, filled: true } }, encoding: { x, y } },
      { mark: { type: 'text', dy: -12, fontSize: 12 }, encoding: { x, y, text: { field: 'quality', type: 'nominal' } } },
    ],
  });
}

/** What came of each column or band: by the model, by PCA, and what there was to lose. */
export function lostBars(title: string, parts: readonly { name: string; error: number; pcaError: number; spread: number }[]): TopLevelSpec {
  const values = parts.flatMap(({ name, error, pcaError, spread }) => [
    { name, value: error, of: 'the model' },
    { name, value: pcaError, of: 'PCA of its size' },
    { name, value: spread, of: 'the mean' },
  ]);
  return whole({
    title,
    width: 480,
    data: { values },
    mark: 'bar',
    encoding: {
      y: { field: 'name', type: 'nominal', title: null, sort: null, axis: { labelLimit: 240 } },
      yOffset: { field: 'of', sort: null },
      x: { field: 'value', type: 'quantitative', title: 'mean squared error' },
      color: { field: 'of', type: 'nominal', title: null, sort: null, scale: { domain: ['the model', 'PCA of its size', 'the mean'], range: ['#2a6fbb', '#e07b39', '#bbbbbb'] } },
    },
  });
}
