import { NumberInput, useComputedColorScheme } from '@mantine/core';
import { memo, useEffect, useState } from 'react';
import { api } from '../api/clients';
import { numbersOf, picturesOf, type Picture } from '../api/tensors';
import { Part } from '../generated/quartet/dataset/v1/dataset_pb';
import type { ProjectResponse } from '../generated/quartet/autoencoder/v1/autoencoder_pb';
import { colourOf } from './chart';
import { percent } from './format';
import { TensorPicture } from './tensor-picture';

const [WIDTH, HEIGHT, EDGE] = [560, 380, 12];

interface Points {
  x: number[];
  y: number[];
  labels: number[];
}

function pointsOf({ points, labels }: ProjectResponse): Points {
  const numbers = points ? numbersOf(points) : [];
  const count = numbers.length / 2;
  const at = (axis: number) => Array.from({ length: count }, (_, index) => numbers[2 * index + axis] ?? 0);
  return { x: at(0), y: at(1), labels: labels ? [...numbersOf(labels)] : [] };
}

function scaled(values: readonly number[], from: number, to: number): (value: number) => number {
  const [least, most] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  return (value) => from + ((value - least) / (most - least || 1)) * (to - from);
}

/** Drawn once: there are up to two thousand. */
const Dots = memo(function Dots({ points, scheme, choose }: { points: Points; scheme: 'light' | 'dark'; choose: (index: number) => void }) {
  const x = scaled(points.x, EDGE, WIDTH - EDGE);
  const y = scaled(points.y, HEIGHT - EDGE, EDGE);
  return points.x.map((value, at) => <circle key={at} cx={x(value)} cy={y(points.y[at] ?? 0)} r="3" fill={colourOf(scheme, points.labels[at] ?? 0)} fillOpacity="0.75" onMouseEnter={() => choose(at)} />);
});

/** The training examples in the plane in which their latents spread most; the picture of the one that is pointed at, or asked for by its row. */
export function LatentScatter({ response, dataset, hasPictures }: { response: ProjectResponse; dataset: string; hasPictures: boolean }) {
  const scheme = useComputedColorScheme('light');
  const [points] = useState(() => pointsOf(response));
  const [row, setRow] = useState<number>();
  const [shown, setShown] = useState<{ row: number; picture: Picture }>();
  useEffect(() => {
    if (row === undefined || !hasPictures) return;
    const abort = new AbortController();
    const ask = async () => {
      const { examples } = await api.datasets.readExamples({ name: dataset, part: Part.TRAIN, offset: BigInt(row), count: 1n }, { signal: abort.signal });
      const [picture] = examples ? picturesOf(examples) : [];
      if (picture) setShown({ row, picture });
    };
    // Whoever moves over many points wants the last one.
    const timer = setTimeout(() => void ask().catch(() => undefined), 60);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [row, dataset, hasPictures]);
  const name = (index: number) => response.classNames[points.labels[index] ?? -1] ?? '';
  const [first = 0, second = 0] = response.explained;
  return (
    <div className="row" style={{ alignItems: 'flex-start' }}>
      <div style={{ flex: '1 1 20rem', minWidth: 0 }}>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" role="img" aria-label={`Latents of ${points.x.length} training examples in two dimensions, by class. Row by row beside it.`} style={{ border: '1px solid var(--edge)', borderRadius: 8 }}>
          <Dots points={points} scheme={scheme} choose={setRow} />
        </svg>
        <ul className="legend">
          {response.classNames.map((className, at) => (
            <li key={className}>
              <svg width="10" height="10" aria-hidden="true">
                <circle cx="5" cy="5" r="5" fill={colourOf(scheme, at)} />
              </svg>
              {className}
            </li>
          ))}
        </ul>
        <p className="quiet">
          The two axes hold {percent(first)} and {percent(second)} of the latents' variance.
        </p>
      </div>
      <div>
        <NumberInput label="Row" description="Or point at a dot" value={row ?? ''} onChange={(value) => setRow(value === '' ? undefined : Number(value))} min={0} max={points.x.length - 1} w={140} allowDecimal={false} />
        {shown && <TensorPicture picture={shown.picture} size={112} label={`Training example ${shown.row}, ${name(shown.row)}`} caption={`${shown.row} · ${name(shown.row)}`} />}
      </div>
    </div>
  );
}
