import type { Version } from '@quartet/contracts';

/** How a version did on examples that it was not trained on, as its manifest tells. */
export interface Evaluation {
  /** `test` or `validation`. */
  part: string;
  classNames: string[];
  /** [true class][predicted class]: examples. */
  confusionMatrix: number[][];
}

type Manifest = { classNames?: string[]; extra?: { confusionMatrix?: unknown; confusionMatrixPart?: string } };

const isMatrix = (value: unknown): value is number[][] =>
  Array.isArray(value) && value.length > 0 && value.every((row) => Array.isArray(row) && row.length === value.length && row.every((cell) => typeof cell === 'number'));

/** The evaluation in a version's manifest; undefined if it holds none. */
export function evaluationOf(version: Version): Evaluation | undefined {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(version.manifestJson) as Manifest;
  } catch {
    return undefined;
  }
  const { confusionMatrix, confusionMatrixPart: part = 'validation' } = manifest.extra ?? {};
  if (!isMatrix(confusionMatrix)) return undefined;
  return { part, classNames: manifest.classNames ?? confusionMatrix.map((_, index) => String(index)), confusionMatrix };
}

export interface ClassScore {
  precision: number;
  recall: number;
  f1: number;
  /** Examples of the class. */
  support: number;
}

/** Precision, recall and F1 a class from a confusion matrix; 0 where a ratio has no denominator. */
export function classScores(matrix: readonly (readonly number[])[]): ClassScore[] {
  return matrix.map((row, index) => {
    const hits = row[index] ?? 0;
    const support = row.reduce((sum, cell) => sum + cell, 0);
    const predicted = matrix.reduce((sum, other) => sum + (other[index] ?? 0), 0);
    const precision = predicted > 0 ? hits / predicted : 0;
    const recall = support > 0 ? hits / support : 0;
    return { precision, recall, f1: precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0, support };
  });
}
