import type { BatchSource, ExampleBatch } from '@quartet/core';
import { epochOrder } from '@quartet/data';

/** Examples of many lengths, of which those of about one length make a batch. */
export interface GroupedExamples {
  /** Steps of each example. */
  steps: readonly number[];
  /** What examples are padded to, ascending. */
  lengths: readonly number[];
  /** @param rows The examples that count. @param size Of the batch: the rest is padding. @param length What to pad to. */
  make(rows: Uint32Array, size: number, length: number): ExampleBatch;
}

interface Group {
  length: number;
  rows: Uint32Array;
}

/** The least of the lengths that so many steps fit in; the longest for more. */
export function lengthFor(steps: number, lengths: readonly number[]): number {
  return lengths.find((length) => length >= steps) ?? lengths.at(-1)!;
}

function groupsOf({ steps, lengths }: GroupedExamples): Group[] {
  const rows = new Map<number, number[]>(lengths.map((length) => [length, []]));
  steps.forEach((count, row) => rows.get(lengthFor(count, lengths))!.push(row));
  return [...rows].filter(([, list]) => list.length > 0).map(([length, list]) => ({ length, rows: Uint32Array.from(list) }));
}

/** Batches of examples of about one length, in an order that seed and epoch decide. */
export function trainingBatches(given: GroupedExamples, batchSize: number, seed: bigint): BatchSource {
  const groups = groupsOf(given);
  const size = Math.min(batchSize, given.steps.length);
  const places = groups.flatMap(({ rows }, group) => Array.from({ length: Math.ceil(rows.length / size) }, (_, at) => ({ group, at })));
  const numbered = Uint32Array.from(places.keys());
  let order: { epoch: number; places: Uint32Array; rows: Uint32Array[] } | undefined;
  const orderOf = (epoch: number) => {
    if (order?.epoch !== epoch) {
      order = { epoch, places: groups.length > 1 ? epochOrder(numbered, seed, epoch) : numbered, rows: groups.map(({ rows }) => epochOrder(rows, seed, epoch)) };
    }
    return order;
  };
  return {
    stepsPerEpoch: places.length,
    batch(epoch, step) {
      const current = orderOf(epoch);
      const { group, at } = places[current.places[step]!]!;
      return given.make(current.rows[group]!.subarray(at * size, (at + 1) * size), size, groups[group]!.length);
    },
  };
}

/** All examples, those of one length together. */
export function evaluationBatches(given: GroupedExamples, size: number): { batches(): Iterable<ExampleBatch> } {
  const groups = groupsOf(given);
  return {
    *batches() {
      for (const { length, rows } of groups) {
        for (let at = 0; at < rows.length; at += size) yield given.make(rows.subarray(at, at + size), size, length);
      }
    },
  };
}
