import { inference, rnn } from '@quartet/contracts';
import { tensorToTypedArray } from '@quartet/client';
import { answersOf, floatRows, highestScores, signalsOf, type Signal } from '@quartet/service-kit';
import { anyManifest } from './manifest';

const { classify, forecast, tag } = rnn.RnnServiceService;

const confidence = (values: number[]): Signal => ({ name: 'confidence', values, worse: 'lower' });

/**
 * How sure the answers are: their probability, a forecast's interval. Log probabilities of texts depend on the vocabulary, which versions needn't share, and
 * the forecasts themselves on the series.
 */
export const signals = signalsOf(
  answersOf(classify, (_version, { results }) => [confidence(results.map(({ classes: [first] }) => first?.probability ?? NaN))]),
  answersOf(tag, (_version, { results }) => [confidence(results.map(({ tags }) => tags.reduce((sum, { probability }) => sum + probability, 0) / tags.length))]),
  answersOf(forecast, (_version, { forecasts, quantiles }) => width(forecasts.map(({ values }) => tensorToTypedArray(values!) as Float32Array), quantiles)),
  answersOf(inference.GRPCInferenceServiceService.modelInfer, (version, response) => {
    const { spec } = anyManifest(version);
    if (spec.task === 'forecast') return width(floatRows(response, 'values'), spec.quantiles);
    return spec.task === 'classify' ? [confidence(highestScores(response, 'probabilities'))] : [];
  }),
);

/**
 * Width of the outermost interval, mean of a forecast's steps and targets, by how large its ends are: 1 where they lie on both sides of 0.
 * @param forecasts each [horizon, targets, quantiles]
 */
function width(forecasts: readonly Float32Array[], quantiles: readonly number[]): Signal[] {
  const [count, least, most] = [quantiles.length, quantiles[0] ?? 0, quantiles.at(-1) ?? 0];
  if (count < 2) return [];
  const values = forecasts.map((forecast) => {
    let sum = 0;
    for (let at = 0; at < forecast.length; at += count) {
      const [low, high] = [forecast[at]!, forecast[at + count - 1]!];
      sum += high === low ? 0 : (high - low) / (Math.abs(high) + Math.abs(low));
    }
    return (sum * count) / forecast.length;
  });
  return [{ name: `relative width of the ${Math.round((most - least) * 1000) / 10} % interval`, values, worse: 'higher' }];
}
