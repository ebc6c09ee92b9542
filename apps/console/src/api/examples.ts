import { useMemo, useState } from 'react';
import { Part, type Dataset, type ReadExamplesResponse } from '../generated/quartet/dataset/v1/dataset_pb';
import { api } from './clients';
import { countOf, heldOut } from './held-out';
import { recordsOf } from './records';
import { numbersOf, shapeOf } from './tensors';
import { useLive } from './use-live';

/** An example that a data set holds. */
export interface Example {
  /** `Example 3 of the test part` */
  title: string;
  dataset: Dataset;
  /** Of a record, by name; else none. */
  fields: Map<string, Uint8Array>;
  /** Of a sequence of numbers: [time][channels]. */
  steps: number[][];
  /** Name of its class; empty where there is none. */
  className: string;
}

const PART_NAMES: Partial<Record<Part, string>> = { [Part.TRAIN]: 'training', [Part.VALIDATION]: 'validation', [Part.TEST]: 'test' };

async function read(name: string, at: number, signal: AbortSignal): Promise<Example | undefined> {
  const dataset = await api.datasets.getDataset({ name }, { signal });
  const part = heldOut(dataset);
  const count = countOf(dataset, part);
  if (count === 0) return undefined;
  const row = at % count;
  const response = await api.datasets.readExamples({ name, part, offset: BigInt(row), count: 1n }, { signal });
  const label = response.labels ? numbersOf(response.labels)[0] : undefined;
  return {
    title: `Example ${row + 1} of the ${PART_NAMES[part] ?? ''} part of ${name}`,
    dataset,
    fields: fieldsOf(dataset, response),
    steps: dataset.schema?.kind === 'sequence' ? stepsOf(response) : [],
    className: dataset.schema?.classNames[label ?? -1] ?? '',
  };
}

function fieldsOf({ schema }: Dataset, response: ReadExamplesResponse): Map<string, Uint8Array> {
  const record = schema && recordsOf(schema, response)[0];
  return new Map(record?.fields.map((bytes, field) => [schema?.columns[field] ?? '', bytes]));
}

/** Numbers [1, time, channels]; a shorter sequence ends where NaN begins. */
function stepsOf({ examples }: ReadExamplesResponse): number[][] {
  if (!examples) return [];
  const [, time = 0, channels = 1] = shapeOf(examples);
  const numbers = numbersOf(examples);
  const steps = Array.from({ length: time }, (_, step) => [...numbers.subarray(step * channels, (step + 1) * channels)]);
  const end = steps.findIndex((values) => values.some(Number.isNaN));
  return end < 0 ? steps : steps.slice(0, end);
}

const decoder = new TextDecoder();
export const textOf = (example: Example, field: string): string => decoder.decode(example.fields.get(field));

/** `its class is glad` */
export const classOf = (example: Example | undefined): string | undefined => example?.className && `its class is ${example.className}`;

export interface Examples {
  /** None while it is being read, where the data set is gone, and for those who may not read data sets. */
  example: Example | undefined;
  isReading: boolean;
  /** How many came before it. */
  at: number;
  /** Goes on to the next one. */
  another: () => void;
}

/** Examples of the data set that a model was trained on, of a part that it was not trained on. */
export function useExamples(dataset: string): Examples {
  const [at, setAt] = useState(0);
  const { data, loading } = useLive((signal) => read(dataset, at, signal), [dataset, at]);
  return { example: data, isReading: loading, at, another: () => setAt((before) => before + 1) };
}

/** What a person gives stands until the next example is asked for; before that, what is made of the example. */
export function useGiven<T>({ example, at }: Examples, ofExample: (example: Example) => T | undefined): [value: T | undefined, give: (value: T) => void, isExample: boolean] {
  const [given, setGiven] = useState<{ at: number; value: T }>();
  const made = useMemo(() => example && ofExample(example), [example]);
  const isGiven = given?.at === at;
  return [isGiven ? given.value : made, (value) => setGiven({ at, value }), !isGiven && made !== undefined];
}
