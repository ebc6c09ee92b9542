import { useMemo } from 'react';
import { recordsOf } from '../../api/records';
import { encodeWav, fromPcm } from '../../api/wav';
import type { DatasetSchema, ReadExamplesResponse } from '../../generated/quartet/dataset/v1/dataset_pb';
import { duration } from '../format';
import { DataTable } from '../table';
import { useUrl } from '../use-url';
import { waveform } from './sound';

const TEXT_LENGTH = 160;

function Text({ bytes }: { bytes: Uint8Array }) {
  const text = new TextDecoder().decode(bytes.subarray(0, 4 * TEXT_LENGTH)).replaceAll('\n', ' ');
  return <span className="wrap">{text.length > TEXT_LENGTH ? `${text.slice(0, TEXT_LENGTH)} ...` : text}</span>;
}

function Sound({ bytes, rate, row }: { bytes: Uint8Array; rate: number; row: number }) {
  const file = useMemo(() => encodeWav(fromPcm(bytes), rate), [bytes, rate]);
  const url = useUrl(file, 'audio/wav');
  return (
    <>
      <svg viewBox="0 0 200 40" width="200" height="40" role="img" aria-label={`Waveform of example ${row}`} style={{ display: 'block' }}>
        <path d={waveform(bytes, 200, 40)} stroke="var(--link)" />
      </svg>
      <audio controls src={url} aria-label={`Recording ${row}, ${duration((1000 * bytes.length) / 2 / rate)}`} style={{ height: '2rem', width: 200 }} />
    </>
  );
}

const Photo = ({ bytes, row }: { bytes: Uint8Array; row: number }) => <img src={useUrl(bytes, bytes[0] === 0x89 ? 'image/png' : 'image/jpeg')} alt={`Example ${row}`} width={96} />;

/** Texts, pairs, tagged sentences, recordings to hear, captioned images to see. */
export function RecordExamples({ schema, examples }: { schema: DatasetSchema; examples: ReadExamplesResponse }) {
  const rows = recordsOf(schema, examples);
  const withClass = rows.some(({ className }) => className !== '');
  const cell = (column: string, bytes: Uint8Array, row: number) => {
    if (column === 'audio') return <Sound key={column} bytes={bytes} rate={schema.sampleRate} row={row} />;
    if (column === 'image') return <Photo key={column} bytes={bytes} row={row} />;
    return <Text key={column} bytes={bytes} />;
  };
  return (
    <DataTable
      label="First examples"
      columns={[...schema.columns.map((title) => ({ title })), ...(withClass ? [{ title: 'class' }] : [])]}
      rows={rows.map(({ fields, className }, row) => ({ key: `${row}`, cells: [...fields.map((bytes, field) => cell(schema.columns[field] ?? '', bytes, row)), ...(withClass ? [className] : [])] }))}
    />
  );
}
