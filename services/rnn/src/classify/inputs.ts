import type { DatasetSchema, rnn } from '@quartet/contracts';
import type { ForwardContext, HostTensor, ModelFunction, Parameters, Tensor } from '@quartet/core';
import { numbers } from './numbers';
import type { ClassifierPlan } from './plan';
import { recordings } from './recordings';
import { texts } from './texts';

/** Something to classify, ready for the network. */
export interface Example {
  /** At least 1, at most what the plan takes. */
  readonly steps: number;
}

/** The examples of a part, with their classes. */
export interface LabelledExamples<E extends Example = Example> {
  examples: readonly E[];
  labels: Int32Array;
}

/** A part's files. */
export interface PartFiles {
  examples: string;
  labels: string;
}

/** An example of a request, and what is to be said of it. */
export interface ReadExample<E extends Example = Example> {
  example: E;
  notes: Partial<Omit<rnn.Classification, 'classes'>>;
}

/** What one network of the ensemble makes of its inputs before its recurrent layers. */
export interface Front {
  /** Numbers a step. */
  readonly features: number;
  /** [batch, time, features]. */
  apply(inputs: Record<string, Tensor>, context: ForwardContext): Tensor;
}

/**
 * The input side of classifiers: what examples are, in files, requests and tensors. The rest of a classifier knows nothing of it. Tensors
 * always hold `lengths`, int32 [batch].
 */
export interface ClassifierInputs<P extends ClassifierPlan = ClassifierPlan, E extends Example = Example> {
  /** What is padded to, ascending: each is a graph of its own, so there are few. */
  lengths(plan: P): readonly number[];
  /** Inputs of the exported model for examples padded to `steps`. */
  signature(plan: P, steps: number): ModelFunction['inputs'];
  /** Examples as a batch, padded to `steps`. */
  tensors(examples: readonly E[], plan: P, steps: number): Record<string, HostTensor>;
  /** Reads a part of a data set. */
  load(files: PartFiles, schema: DatasetSchema, plan: P): Promise<LabelledExamples<E>>;
  /** Makes the weights of one network's front. */
  front(parameters: Parameters, plan: P): Front;
  /**
   * Reads a request.
   * @param most Examples at most. @throws QuartetError for each kind of bad input, naming the field.
   */
  read(request: rnn.ClassifyRequest, plan: P, most: number): ReadExample<E>[] | Promise<ReadExample<E>[]>;
}

const INPUTS = { numbers, texts, recordings };

export function inputsOf(plan: ClassifierPlan): ClassifierInputs {
  return INPUTS[plan.reads ?? 'numbers'];
}
