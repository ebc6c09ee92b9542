import { Button } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/clients';
import { heldOut } from '../api/held-out';
import { useAction } from '../api/use-live';
import { Chart } from './chart';
import { FailureNote } from './failure';
import { short } from './format';
import { specOf, type Picked } from './model-picker';
import { DataTable } from './table';

const EXAMPLES = 64n;

interface Point {
  quality: number;
  /** Bits for each number of an example. */
  rate: number;
  error: number;
}

async function measure({ ref, version }: Picked): Promise<Point[]> {
  const dataset = await api.datasets.getDataset({ name: version.dataset });
  const { examples } = await api.datasets.readExamples({ name: dataset.name, part: heldOut(dataset), offset: 0n, count: EXAMPLES });
  if (!examples) return [];
  const numbers = examples.shape.reduce((a, b) => a * Number(b), 1);
  // A codebook's code has one quality alone.
  const qualities = specOf<{ codebook: unknown }>(version).codebook ? [0] : [1, 2, 3, 4, 5];
  const answers = await Promise.all(qualities.map((quality) => api.autoencoder.compress({ model: ref, quality, input: { case: 'batch', value: examples } })));
  return answers.map(({ stream, errors }, at) => ({ quality: qualities[at] ?? 0, rate: (8 * stream.length) / numbers, error: errors.reduce((a, b) => a + b, 0) / errors.length }));
}

/** How many bits a version takes, and what it loses with them. */
export function RateDistortion({ picked }: { picked: Picked }) {
  const [points, setPoints] = useState<Point[]>();
  const run = useAction(async () => setPoints(await measure(picked)));
  const sorted = [...(points ?? [])].sort((a, b) => a.rate - b.rate);
  return (
    <>
      <FailureNote failure={run.failure} />
      {!points && (
        <Button size="xs" loading={run.busy} onClick={() => void run.run()}>
          Compress {String(EXAMPLES)} examples
        </Button>
      )}
      {points && (
        <div className="halves">
          <Chart title="Rate and distortion" xLabel="bits a number" lines={[{ name: 'mean squared error', x: sorted.map(({ rate }) => rate), y: sorted.map(({ error }) => error) }]} />
          <DataTable label="Rate and distortion" columns={[{ title: 'Quality', numeric: true }, { title: 'Bits a number', numeric: true }, { title: 'Squared error', numeric: true }]} rows={points.map(({ quality, rate, error }) => ({ key: `${quality}`, cells: [quality || 'its own', short(rate), short(error)] }))} />
        </div>
      )}
    </>
  );
}
