import type { Version } from '@quartet/contracts';
import type { rnn } from '@quartet/contracts';

/** What the backtest of a version says; undefined if there was none. */
export function skillOf({ metrics }: Version): rnn.Skill | undefined {
  const of = (name: string): number => metrics[`backtest/${name}`] ?? 0;
  if (!metrics['backtest/origins']) return undefined;
  return {
    relativeError: of('relativeError'),
    betterNaive: of('relativeNaive') >= of('relativeSeasonalNaive') ? 'naive' : 'seasonal naive',
    naiveIsBetter: of('relativeError') >= 1,
    mase: of('mase'),
    coverage: of('coverage'),
    nominalCoverage: of('nominalCoverage'),
    directionAccuracy: of('directionAccuracy'),
    risingShare: of('risingShare'),
    origins: of('origins'),
  };
}

/** What a user should know of a model before trusting it. */
export function warningsOf(skill: rnn.Skill | undefined): string[] {
  if (!skill) return ['The model has no backtest: its data set has no test part of a horizon or more. Nothing is known of its error.'];
  if (!skill.naiveIsBetter) return [];
  const times = skill.relativeError.toFixed(3);
  return [`The ${skill.betterNaive} forecast is better here: in the backtest of ${skill.origins} forecasts the model's mean absolute error was ${times} times as large. Use that one.`];
}
