import type { ComponentType } from 'react';
import { api } from '../api/clients';
import { useLive } from '../api/use-live';
import { Part, type Dataset, type DatasetSchema, type ReadExamplesResponse } from '../generated/quartet/dataset/v1/dataset_pb';
import { SequenceExamples, SeriesExamples, TableExamples } from './examples/numbers';
import { ImageExamples, VideoExamples } from './examples/pictures';
import { RecordExamples } from './examples/records';
import { FailureNote } from './failure';
import { hexStart, short } from './format';

const PART_NAMES: Record<Part, string> = { [Part.UNSPECIFIED]: '', [Part.TRAIN]: 'train', [Part.VALIDATION]: 'validation', [Part.TEST]: 'test' };

/** How many are shown, and by what; kinds that aren't named have records. */
const KINDS: Record<string, { count: number; Examples: ComponentType<{ schema: DatasetSchema; examples: ReadExamplesResponse }> }> = {
  image: { count: 16, Examples: ImageExamples },
  video: { count: 3, Examples: VideoExamples },
  series: { count: 200, Examples: SeriesExamples },
  sequence: { count: 3, Examples: SequenceExamples },
  table: { count: 5, Examples: TableExamples },
};
const RECORDS = { count: 5, Examples: RecordExamples };

function Examples({ dataset: { name, schema } }: { dataset: Dataset }) {
  const { count, Examples: Shown } = KINDS[schema?.kind ?? ''] ?? RECORDS;
  const { data, failure } = useLive((signal) => api.datasets.readExamples({ name, part: Part.TRAIN, offset: 0n, count: BigInt(count) }, { signal }), [name]);
  return (
    <>
      <FailureNote failure={failure} />
      {schema && data && <Shown schema={schema} examples={data} />}
    </>
  );
}

/** What a data set holds, and its first examples. */
export function DatasetPreview({ dataset }: { dataset: Dataset }) {
  const { name, schema, parts, digest } = dataset;
  const names = schema?.target?.names ?? schema?.classNames ?? [];
  return (
    <>
      <dl className="facts">
        <dt>Kind</dt>
        <dd>{schema?.kind}</dd>
        <dt>Example</dt>
        <dd>[{schema?.exampleShape.join(', ')}]</dd>
        <dt>Parts</dt>
        <dd>{parts.map(({ part, count }) => `${PART_NAMES[part]} ${short(Number(count))}`).join(', ')}</dd>
        {names.length > 0 && (
          <>
            <dt>{schema?.target ? 'Targets' : 'Classes'}</dt>
            <dd>{names.slice(0, 20).join(', ')}</dd>
          </>
        )}
        <dt>Digest</dt>
        <dd>
          <code title={digest}>{hexStart(digest)}</code>
        </dd>
      </dl>
      <div style={{ marginTop: '0.75rem' }}>
        <Examples key={name} dataset={dataset} />
      </div>
    </>
  );
}
