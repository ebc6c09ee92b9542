import { useEffect, useState } from 'react';
import { numbersOf } from '../../api/tensors';
import type { DatasetSchema, ReadExamplesResponse } from '../../generated/quartet/dataset/v1/dataset_pb';
import { duration } from '../format';
import { DataTable } from '../table';
import { waveform, wavFile } from './sound';

const TEXT_LENGTH = 160;

interface Row {
  fields: Uint8Array[];
  /** Empty: it has none. */
  className: string;
}

/** The fields of each record are cut out of the bytes by their lengths. */
function rowsOf({ columns, classNames }: DatasetSchema, { examples, labels }: ReadExamplesResponse): Row[] {
  const bytes = examples?.data ?? new Uint8Array();
  const numbers = labels ? numbersOf(labels) : [];
  const width = 1 + columns.length;
  let at = 0;
  return Array.from({ length: Math.floor(numbers.length / width) }, (_, row) => ({
    className: classNames[numbers[row * width] ?? -1] ?? '',
    fields: columns.map((__, field) => bytes.subarray(at, (at += numbers[row * width + 1 + field] ?? 0))),
  }));
}

function Text({ bytes }: { bytes: Uint8Array }) {
  const text = new TextDecoder().decode(bytes.subarray(0, 4 * TEXT_LENGTH)).replaceAll('\n', ' ');
  return <span className="wrap">{text.length > TEXT_LENGTH ? `${text.slice(0, TEXT_LENGTH)} ...` : text}</span>;
}

/** An address of this page for bytes, for as long as they are shown. */
function useUrl(bytes: Uint8Array, type: string): string {
  const [url, setUrl] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type]);
  return url;
}

function Sound({ bytes, rate, row }: { bytes: Uint8Array; rate: number; row: number }) {
  const [file] = useState(() => wavFile(bytes, rate));
  const url = useUrl(file, 'audio/wav');
  return (
    <>
      <svg viewBox="0 0 200 40" width="200" height="40" role="img" aria-label={`Waveform of example ${row}`} style={{ display: 'block' }}>
        <path d={waveform(bytes, 200, 40)} stroke="var(--link)" />
      </svg>
      <audio controls src={url || undefined} aria-label={`Recording ${row}, ${duration((1000 * bytes.length) / 2 / rate)}`} style={{ height: '2rem', width: 200 }} />
    </>
  );
}

const Photo = ({ bytes, row }: { bytes: Uint8Array; row: number }) => <img src={useUrl(bytes, bytes[0] === 0x89 ? 'image/png' : 'image/jpeg') || undefined} alt={`Example ${row}`} width={96} />;

/** Texts, pairs, tagged sentences, recordings to hear, captioned images to see. */
export function RecordExamples({ schema, examples }: { schema: DatasetSchema; examples: ReadExamplesResponse }) {
  const rows = rowsOf(schema, examples);
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
