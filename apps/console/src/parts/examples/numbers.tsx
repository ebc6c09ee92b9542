import { numbersOf, shapeOf } from '../../api/tensors';
import type { DatasetSchema, ReadExamplesResponse } from '../../generated/quartet/dataset/v1/dataset_pb';
import { Chart } from '../chart';
import { short } from '../format';
import { DataTable } from '../table';

const MOST_LINES = 4;
const MOST_COLUMNS = 10;

interface Props {
  schema: DatasetSchema;
  examples: ReadExamplesResponse;
}

/** A series' columns over its first rows. */
export function SeriesExamples({ schema, examples: { examples } }: Props) {
  if (!examples) return null;
  const [rows = 0, columns = 1] = shapeOf(examples);
  const numbers = numbersOf(examples);
  const x = Array.from({ length: rows }, (_, row) => row);
  return <Chart title={`First ${rows} rows`} xLabel="row" lines={schema.columns.slice(0, MOST_LINES).map((name, at) => ({ name, x, y: x.map((row) => numbers[row * columns + at] ?? null) }))} />;
}

/** Sequences of numbers, a chart each; what follows the end of a shorter one is NaN, and not drawn. */
export function SequenceExamples({ schema, examples: { examples, labels } }: Props) {
  if (!examples) return null;
  const [count = 0, time = 0, channels = 1] = shapeOf(examples);
  const numbers = numbersOf(examples);
  const classes = labels ? numbersOf(labels) : [];
  const lines = (example: number) =>
    Array.from({ length: Math.min(channels, MOST_LINES) }, (_, channel) => {
      const y = Array.from({ length: time }, (__, step) => numbers[(example * time + step) * channels + channel] ?? NaN);
      const end = 1 + y.findLastIndex((value) => !Number.isNaN(value));
      return { name: `channel ${channel}`, x: y.slice(0, end).map((__, step) => step), y: y.slice(0, end) };
    });
  return Array.from({ length: count }, (_, example) => {
    const name = schema.classNames[classes[example] ?? -1] ?? '';
    return <Chart key={example} title={`Example ${example}${name && `, ${name}`}`} xLabel="step" height={150} lines={lines(example)} />;
  });
}

/** A table's first rows. */
export function TableExamples({ schema, examples: { examples } }: Props) {
  if (!examples) return null;
  const [rows = 0, columns = 1] = shapeOf(examples);
  const numbers = numbersOf(examples);
  const shown = schema.columns.slice(0, MOST_COLUMNS);
  return <DataTable label="First examples" columns={shown.map((title) => ({ title, numeric: true }))} rows={Array.from({ length: rows }, (_, row) => ({ key: `${row}`, cells: shown.map((__, at) => short(numbers[row * columns + at])) }))} />;
}
