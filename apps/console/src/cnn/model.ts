import type { Version } from '../generated/quartet/model/v1/model_pb';

/** What a version gives, and so what may be asked of it. */
export type CnnKind = 'classes' | 'labels' | 'numbers' | 'video';

/** How well it does on the held-out part, by label or number, as its training measured. */
export interface Scores {
  name: string;
  averagePrecision?: number | null;
  mae?: number;
  rmse?: number;
}

export interface CnnModel {
  kind: CnnKind;
  /** Of the classes, labels or numbers, in order. */
  names: string[];
  /** [height, width, channels], of videos [frames, height, width, channels]. */
  inputShape: number[];
  /** By which logits are divided; undefined: it wasn't calibrated. */
  temperature: number | undefined;
  /** Answers with a lower first probability are marked as unsure; 0: none is. */
  unsureBelow: number;
  scores: Scores[];
  /** `test`, or `validation` where there is no test part. */
  scoresPart: string;
}

interface Manifest {
  classNames?: string[];
  spec?: { inputShape?: number[]; head?: 'labels' | 'numbers'; architecture?: unknown };
  extra?: { unsureBelow?: number; labelScores?: Scores[]; numberScores?: Scores[]; scoresPart?: string };
}

/** Reads what a version's manifest tells. */
export function cnnModelOf({ manifestJson, metrics }: Version): CnnModel {
  const { classNames = [], spec = {}, extra = {} } = JSON.parse(manifestJson) as Manifest;
  const isVideo = spec.architecture !== undefined && spec.inputShape?.length === 4;
  return {
    kind: isVideo ? 'video' : (spec.head ?? 'classes'),
    names: classNames,
    inputShape: spec.inputShape ?? [],
    temperature: metrics['temperature'],
    unsureBelow: extra.unsureBelow ?? 0,
    scores: extra.labelScores ?? extra.numberScores ?? [],
    scoresPart: extra.scoresPart ?? 'test',
  };
}
