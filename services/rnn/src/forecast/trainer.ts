import type { rnn } from '@quartet/contracts';
import { Program, Trainer } from '@quartet/core';
import { resolveTrainingOptions, Violations, type FinishedModel, type RunParts, type TrainingJob, type TrainingRun } from '@quartet/service-kit';
import { coreSettings } from '../training/core-settings';
import { gradientReport } from '../training/gradient-report';
import { watchedRun, type WatchedBuild } from '../training/watched-run';
import { writeVersion } from '../training/write-version';
import { backtest, metricsOf } from './backtest';
import { calibrate } from './calibrate';
import { sizesOf } from './features';
import { fit } from './fit';
import { checkTargets, loadSeries } from './load-series';
import { buildForecastNetwork, forecastOf } from './network';
import { forecastObjective } from './objective';
import { rowsNeeded, stepsOf, type ForecastPlan } from './plan';
import type { Infer } from './predict';
import { TRAINING } from './resolve';
import { logarithms } from './series';
import { outlineOf } from './to-plan';
import { evaluationWindows, trainingWindows, type TimedSeries } from './windows';

/** Prepares the training of a forecaster. @param request Resolved. */
export async function prepareForecast(job: TrainingJob, request: rnn.TrainForecastRequest): Promise<TrainingRun> {
  const violations = new Violations();
  const options = resolveTrainingOptions(request.options, violations, 'options', TRAINING);
  violations.throwIfAny();
  const outline = outlineOf(request.spec!, job.dataset.schema!.time!);
  const loaded = await loadSeries(job.dataset, job.files, outline.columns);
  checkTargets(loaded, outline.columns, outline.targets, outline.log, job.dataset.name);
  const { series, rows } = loaded;
  const scaled: TimedSeries = outline.log ? { ...series, ...logarithms(series, outline.targets) } : series;
  const train = { ...scaled, values: scaled.values.subarray(0, rows.train * scaled.columns) };
  const given: ForecastPlan = { ...outline, ...fit(train, outline), calibration: [] };
  const origins = originsOf(rows, given);
  const build = (watched: WatchedBuild): RunParts => {
    const plan = { ...given, network: watched.network };
    const network = buildForecastNetwork(plan, options.seed);
    const validation = options.validate && origins.validation.length > 0 ? evaluationWindows(scaled, origins.validation, plan) : undefined;
    const core = new Trainer({
      objective: forecastObjective(network, plan),
      training: trainingWindows(scaled, origins.train, plan, options.batchSize, options.seed),
      validation,
      ...coreSettings(options, validation !== undefined, watched.network),
      onEvent: watched.onEvent,
    });
    return {
      core,
      dispose: () => network.dispose(),
      async write(folder, history): Promise<FinishedModel> {
        const program = new Program(network.weights);
        const step = program.step('forecast', (inputs) => ({ outputs: { forecast: forecastOf(network, inputs, { training: false }) } }));
        const infer: Infer = (inputs) => step.run(inputs, ['forecast'])[0]!;
        try {
          const calibrated = { ...plan, calibration: await calibrate(scaled, origins.calibration, plan, infer) };
          const tested = origins.test.length > 0 ? await backtest({ series, scaled, origins: origins.test, trainRows: rows.train, plan: calibrated, infer }) : undefined;
          const gradients = gradientReport(core, watched);
          const metrics = { ...(tested && metricsOf(tested, calibrated)), ...gradients.metrics };
          const { window, features, steps, ahead } = sizesOf(plan);
          return await writeVersion(folder, job, { options, history }, {
            spec: calibrated,
            model: {
              weights: network.weights,
              functions: {
                serving_default: {
                  inputs: { window: { dtype: 'float32', shape: [window, features] }, ...(ahead > 0 && { ahead: { dtype: 'float32' as const, shape: [steps, ahead] } }) },
                  compute: (inputs) => ({ forecast: forecastOf(network, inputs, { training: false }) }),
                },
              },
            },
            metrics,
            extra: { ...gradients.extra, backtest: tested?.byTarget ?? [] },
          });
        } finally {
          program.dispose();
        }
      },
    };
  };
  return watchedRun(job, { network: given.network, steps: given.window, build });
}

interface Origins {
  train: Uint32Array;
  validation: Uint32Array;
  calibration: Uint32Array;
  test: Uint32Array;
}

/** The rows from which forecasts are made: those whose steps ahead all lie in the part. */
function originsOf({ train, validation, test }: { train: number; validation: number; test: number }, plan: ForecastPlan): Origins {
  const between = (from: number, to: number, steps: number): Uint32Array => {
    const first = Math.max(from - 1, rowsNeeded(plan) - 1);
    return Uint32Array.from({ length: Math.max(0, to - steps - first) }, (_, i) => first + i);
  };
  const steps = stepsOf(plan);
  return {
    train: between(0, train, steps),
    validation: between(train, train + validation, steps),
    calibration: between(train, train + validation, plan.horizon),
    test: between(train + validation, train + validation + test, plan.horizon),
  };
}
