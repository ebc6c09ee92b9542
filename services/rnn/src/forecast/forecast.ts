import { QuartetError, type rnn } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import { timeAfter } from '@quartet/data';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { missingOf } from '../inputs/missing';
import { checkCount } from '../inputs/check-count';
import { manifestFor } from '../manifest';
import { toFloatTensor } from '../inputs/to-tensor';
import { predict, type Infer } from './predict';
import { readHistory } from './read-history';
import { skillOf, warningsOf } from './skill';
import type { ForecastPlan } from './plan';

/** Steps that a recursive model may be asked for: each is a run of its own. */
const MAX_RECURSIVE = 1024;

/** The steps after each history, with quantiles, and what the model's backtest says of them. */
export async function forecast(runtime: FamilyRuntime, request: rnn.ForecastRequest, call: CallScope): Promise<rnn.ForecastResponse> {
  const version = await runtime.resolve(request.model, call);
  const { spec: plan } = manifestFor(version, 'forecast');
  const horizon = request.horizon || plan.horizon;
  checkHorizon(horizon, plan);
  checkCount(request.histories.length, 'histories', runtime.settings.QUARTET_MAX_BATCH);
  const missing = missingOf(request.missing);
  const histories = request.histories.map((history, index) => readHistory(history, `histories[${index}]`, plan, horizon, missing));
  const infer: Infer = async (inputs) => (await runtime.infer(version, 'serving_default', inputs, call))['forecast'] as HostTensor;
  const values = await predict(histories.map(({ situation }) => situation), plan, horizon, infer);
  const skill = skillOf(version);
  const { targets, quantiles, rhythm, columns } = plan;
  return {
    forecasts: histories.map(({ situation: { time }, interpolated }, index) => ({
      times: time === undefined ? [] : Array.from({ length: horizon }, (_, step) => new Date(timeAfter(time, step + 1, rhythm))),
      values: toFloatTensor(values[index]!, [horizon, targets, quantiles.length]),
      interpolated,
    })),
    targets: columns.slice(0, targets),
    quantiles,
    skill,
    warnings: [...warningsOf(skill), ...histories.flatMap(({ warnings }) => warnings)],
    modelVersion: version.version,
  };
}

function checkHorizon(horizon: number, plan: ForecastPlan): void {
  const most = plan.strategy === 'direct' ? plan.horizon : MAX_RECURSIVE;
  if (horizon <= most) return;
  const remedy = plan.strategy === 'direct' ? 'train a model of that horizon, or one with STRATEGY_RECURSIVE' : 'forecast in several calls';
  throw QuartetError.invalid('horizon', `is ${horizon}; this model answers at most ${most} steps; ${remedy}`);
}
