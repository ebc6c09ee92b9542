import { api } from '../api/clients';
import { numbersOf, picturesOf, shapeOf } from '../api/tensors';
import { useLive } from '../api/use-live';
import { Part, type Dataset } from '../generated/quartet/dataset/v1/dataset_pb';
import { Chart } from './chart';
import { FailureNote } from './failure';
import { hexStart, short } from './format';
import { TensorPicture } from './tensor-picture';
import { DataTable } from './table';

const PART_NAMES: Record<Part, string> = { [Part.UNSPECIFIED]: '', [Part.TRAIN]: 'train', [Part.VALIDATION]: 'validation', [Part.TEST]: 'test' };
const PICTURES = 16;
const ROWS = 200;
const SHOWN_ROWS = 5;
const TEXT_LENGTH = 160;

const RECORDS = new Set(['text', 'pairs', 'tagged', 'recording', 'caption']);

/** Records: the fields of each are cut out of the bytes by their lengths. */
function recordsOf(bytes: Uint8Array, labels: ArrayLike<number>, fields: number): string[][] {
  const decoder = new TextDecoder();
  const rows: string[][] = [];
  for (let row = 0, at = 0; row < labels.length / (1 + fields); row++) {
    rows.push(
      Array.from({ length: fields }, (_, field) => {
        const length = labels[row * (1 + fields) + 1 + field] ?? 0;
        const text = decoder.decode(bytes.subarray(at, at + Math.min(length, TEXT_LENGTH)));
        at += length;
        return length > TEXT_LENGTH ? `${text} ...` : text;
      }),
    );
  }
  return rows;
}

async function look({ name, schema }: Dataset, signal: AbortSignal) {
  const kind = schema?.kind ?? '';
  const count = kind === 'series' ? ROWS : kind === 'image' || kind === 'video' ? PICTURES : SHOWN_ROWS;
  return api.datasets.readExamples({ name, part: Part.TRAIN, offset: 0n, count: BigInt(count) }, { signal });
}

function Examples({ dataset }: { dataset: Dataset }) {
  const { data, failure } = useLive((signal) => look(dataset, signal), [dataset.name]);
  const { schema } = dataset;
  if (!schema || !data?.examples) return <FailureNote failure={failure} />;
  const labels = data.labels ? numbersOf(data.labels) : [];
  if (schema.kind === 'image' || schema.kind === 'video') {
    return (
      <div className="pictures">
        {picturesOf(data.examples).map((picture, at) => {
          const label = schema.classNames[labels[at] ?? -1] ?? '';
          return <TensorPicture key={at} picture={picture} size={56} label={`Example ${at}${label && `, class ${label}`}`} caption={label} />;
        })}
      </div>
    );
  }
  if (RECORDS.has(schema.kind)) {
    const rows = schema.columns.includes('audio') || schema.columns.includes('image') ? [] : recordsOf(data.examples.data, labels, schema.columns.length);
    return <DataTable label="First examples" columns={schema.columns.map((title) => ({ title }))} rows={rows.map((cells, at) => ({ key: `${at}`, cells }))} empty="Recordings and captioned images aren't shown here." />;
  }
  const [, columns = 1] = shapeOf(data.examples);
  const numbers = numbersOf(data.examples);
  const column = (at: number) => Array.from({ length: Math.floor(numbers.length / columns) }, (_, row) => numbers[row * columns + at] ?? null);
  if (schema.kind === 'series') {
    return <Chart title={`First ${column(0).length} rows`} xLabel="row" lines={schema.columns.slice(0, 4).map((name, at) => ({ name, x: column(at).map((_, row) => row), y: column(at) }))} />;
  }
  if (schema.kind === 'table') {
    return <DataTable label="First examples" columns={schema.columns.slice(0, 10).map((title) => ({ title, numeric: true }))} rows={Array.from({ length: SHOWN_ROWS }, (_, row) => ({ key: `${row}`, cells: schema.columns.slice(0, 10).map((_, at) => short(numbers[row * columns + at])) }))} />;
  }
  return null;
}

/** What a data set holds, and its first examples. */
export function DatasetPreview({ dataset }: { dataset: Dataset }) {
  const { schema, parts, digest } = dataset;
  return (
    <>
      <dl className="facts">
        <dt>Kind</dt>
        <dd>{schema?.kind}</dd>
        <dt>Example</dt>
        <dd>[{schema?.exampleShape.join(', ')}]</dd>
        <dt>Parts</dt>
        <dd>{parts.map(({ part, count }) => `${PART_NAMES[part]} ${short(Number(count))}`).join(', ')}</dd>
        {schema && schema.classNames.length > 0 && (
          <>
            <dt>Classes</dt>
            <dd>{schema.classNames.slice(0, 20).join(', ')}</dd>
          </>
        )}
        <dt>Digest</dt>
        <dd>
          <code title={digest}>{hexStart(digest)}</code>
        </dd>
      </dl>
      <div style={{ marginTop: '0.75rem' }}>
        <Examples dataset={dataset} />
      </div>
    </>
  );
}
