import type { BatchSource, ExampleBatch } from '@quartet/core';
import { epochOrder } from '@quartet/data';
import { inputsOf, lengthFor, type LabelledExamples } from './inputs';
import type { ClassifierPlan } from './plan';

/** Rows of examples that are padded to the same length. */
interface Group {
  steps: number;
  rows: Uint32Array;
}

/** The rows by the length that they are padded to, shortest first. */
function groupsOf({ examples }: LabelledExamples, lengths: readonly number[]): Group[] {
  const rows = new Map<number, number[]>(lengths.map((steps) => [steps, []]));
  examples.forEach((example, row) => rows.get(lengthFor(example, lengths))!.push(row));
  return [...rows].filter(([, list]) => list.length > 0).map(([steps, list]) => ({ steps, rows: Uint32Array.from(list) }));
}

function batchOf({ examples, labels }: LabelledExamples, rows: Uint32Array, size: number, plan: ClassifierPlan, steps: number): ExampleBatch {
  // Padding repeats the first example; it counts for nothing.
  const padded = Array.from({ length: size }, (_, i) => rows[i] ?? rows[0]!);
  const y = Int32Array.from(padded, (row) => labels[row]!);
  const inputs = inputsOf(plan).tensors(padded.map((row) => examples[row]!), plan, steps);
  return { inputs: { ...inputs, y: { dtype: 'int32', shape: [size], data: y } }, count: rows.length };
}

/** Batches of examples of about one length, in an order that seed and epoch decide. */
export function trainingExamples(part: LabelledExamples, plan: ClassifierPlan, batchSize: number, seed: bigint): BatchSource {
  const groups = groupsOf(part, inputsOf(plan).lengths(plan));
  const size = Math.min(batchSize, part.examples.length);
  /** [group, batch within the group] for each step. */
  const places = groups.flatMap(({ rows }, group) => Array.from({ length: Math.ceil(rows.length / size) }, (_, at) => ({ group, at })));
  const numbered = Uint32Array.from(places.keys());
  let order: { epoch: number; places: Uint32Array; rows: Uint32Array[] } | undefined;
  const orderOf = (epoch: number) => {
    if (order?.epoch !== epoch) {
      const mixed = groups.length > 1 ? epochOrder(numbered, seed, epoch) : numbered;
      order = { epoch, places: mixed, rows: groups.map(({ rows }) => epochOrder(rows, seed, epoch)) };
    }
    return order;
  };
  return {
    stepsPerEpoch: places.length,
    batch(epoch, step) {
      const current = orderOf(epoch);
      const { group, at } = places[current.places[step]!]!;
      return batchOf(part, current.rows[group]!.subarray(at * size, (at + 1) * size), size, plan, groups[group]!.steps);
    },
  };
}

const EVALUATION_BATCH = 64;

/** All examples, those of one length together. */
export function evaluationExamples(part: LabelledExamples, plan: ClassifierPlan): { batches(): Iterable<ExampleBatch> } {
  const groups = groupsOf(part, inputsOf(plan).lengths(plan));
  return {
    *batches() {
      for (const { steps, rows } of groups) {
        for (let at = 0; at < rows.length; at += EVALUATION_BATCH) yield batchOf(part, rows.subarray(at, at + EVALUATION_BATCH), EVALUATION_BATCH, plan, steps);
      }
    },
  };
}
