import { join } from 'node:path';
import { rnn } from '@quartet/contracts';
import { PrefetchedBatches, Program, Trainer, transcriptionObjective } from '@quartet/core';
import { resolveTrainingOptions, Violations, type FinishedModel, type RunParts, type TrainingJob, type TrainingRun } from '@quartet/service-kit';
import { toAugmentation, type ResolvedAugmentation } from '../audio/augmentation';
import { FrontEnd } from '../audio/front-end';
import { loadRecordings } from '../audio/recordings';
import { toNetworkPlan } from '../network/resolve';
import { coreSettings } from '../training/core-settings';
import { gradientReport } from '../training/gradient-report';
import { watchedRun, type WatchedBuild } from '../training/watched-run';
import { writeVersion } from '../training/write-version';
import type { SpokenBatchesData } from './batches';
import { learn, spokenEvaluation } from './data';
import { measure } from './measure';
import { buildTranscriber } from './network';
import { TRAINING } from './resolve';

/** Prepares the training of a transcriber. @param request Resolved. */
export async function prepareTranscriber(job: TrainingJob, request: rnn.TrainTranscriberRequest): Promise<TrainingRun> {
  const violations = new Violations();
  const options = resolveTrainingOptions(request.options, violations, 'options', TRAINING);
  violations.throwIfAny();
  const { train: trainFiles, validation: validationFiles, test: testFiles } = job.files;
  const parts = { train: await loadRecordings(trainFiles!), validation: validationFiles && (await loadRecordings(validationFiles)), test: testFiles && (await loadRecordings(testFiles)) };
  const augmentation = request.augmentation as ResolvedAugmentation;
  const { plan: given, rows, steps, longest, left } = learn(job.dataset, parts, { network: toNetworkPlan(request.network!), unit: UNITS[request.unit], speed: augmentation.speed });
  if (left > 0) job.report({ type: 'diagnostic', verdict: 'unusable_examples', evidence: `${left} of ${parts.train.count} recordings have no text, or are too short for it`, remedy: 'they are left out; check their texts', applied: true });

  const frontEnd = new FrontEnd(given.frontEnd);
  const data: SpokenBatchesData = { files: trainFiles!, plan: given, rows, steps, longest, augmentation: toAugmentation(augmentation), batchSize: options.batchSize, seed: options.seed };
  const training = await PrefetchedBatches.start({ module: join(__dirname, 'batches.js'), data });
  const build = (watched: WatchedBuild): RunParts => {
    const plan = { ...given, network: watched.network };
    const network = buildTranscriber(plan, options.seed);
    const validation = options.validate && parts.validation ? spokenEvaluation(parts.validation, plan, longest, options.batchSize) : undefined;
    const core = new Trainer({
      objective: transcriptionObjective(network.model),
      training,
      validation,
      ...coreSettings(options, validation !== undefined, watched.network),
      onEvent: watched.onEvent,
    });
    return {
      core,
      dispose: () => network.dispose(),
      async write(folder, history): Promise<FinishedModel> {
        const gradients = gradientReport(core, watched);
        const { model } = network;
        const program = new Program(model.weights);
        const step = program.step('transcribe', ({ x, steps: lengths }) => ({ outputs: { logits: model.logits(x!, lengths!, { training: false }).transpose([1, 0, 2]) } }));
        const metrics: Record<string, number> = gradients.metrics;
        try {
          for (const name of ['validation', 'test'] as const) {
            const part = parts[name];
            if (!part) continue;
            for (const [metric, value] of Object.entries(measure(part, plan, frontEnd, (inputs) => step.run(inputs, ['logits'])[0]!))) metrics[`${name}/${metric}`] = value;
          }
        } finally {
          program.dispose();
        }
        return writeVersion(folder, job, { options, history }, {
          spec: plan,
          model: { weights: model.weights, functions: network.functions() },
          metrics,
          extra: { ...gradients.extra, augmentation },
        });
      },
    };
  };
  return watchedRun(job, { network: given.network, steps: given.buckets.at(-1)!, build, dispose: () => void training.dispose() });
}

const UNITS: Partial<Record<rnn.TranscriptUnit, 'word' | 'character'>> = {
  [rnn.TranscriptUnit.TRANSCRIPT_UNIT_WORD]: 'word',
  [rnn.TranscriptUnit.TRANSCRIPT_UNIT_CHARACTER]: 'character',
};
