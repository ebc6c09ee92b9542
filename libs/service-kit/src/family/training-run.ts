import type { EpochRecord, Trainer } from '@quartet/core';
import type { FinishedModel, TrainingRun } from './architecture-family';

/** What trains: core's Trainer, or another that keeps its contract. */
export type CoreTrainer = Pick<Trainer, 'step' | 'train' | 'saveCheckpoint' | 'resumeFrom' | 'dispose'>;

export interface RunParts {
  core: CoreTrainer;
  /** Measures the trained model and writes its artefact. */
  write(folder: string, history: readonly EpochRecord[]): Promise<FinishedModel>;
  /** Frees the network, and what else the training holds. */
  dispose(): void;
}

/** A training by one of core's trainers as the kit runs it. */
export function trainingRun({ core, write, dispose }: RunParts): TrainingRun {
  let history: readonly EpochRecord[] = [];
  return {
    resumeFrom: (checkpoint) => core.resumeFrom(checkpoint),
    checkpoint: () => ({ step: core.step, bytes: core.saveCheckpoint() }),
    async train(signal) {
      const { outcome, diagnostic, ...result } = await core.train(signal);
      history = result.history;
      if (outcome === 'cancelled') return { state: 'stopped' };
      if (outcome !== 'notFinite') return { state: 'finished' };
      return { state: 'failed', reason: `training diverged: ${diagnostic?.evidence}. ${diagnostic?.remedy}` };
    },
    writeArtifact: (folder) => write(folder, history),
    dispose() {
      core.dispose();
      dispose();
    },
  };
}
