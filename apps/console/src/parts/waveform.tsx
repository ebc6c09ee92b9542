import { useMemo } from 'react';

const [WIDTH, HEIGHT, COLUMNS] = [600, 80, 200];

/** The most and the least of each column's samples; there may be millions. */
function extremes(samples: Float32Array): { high: number[]; low: number[] } {
  const [high, low] = [new Array<number>(COLUMNS).fill(0), new Array<number>(COLUMNS).fill(0)];
  for (let at = 0; at < samples.length; at++) {
    const [column, sample] = [Math.floor((at * COLUMNS) / samples.length), samples[at]!];
    if (sample > high[column]!) high[column] = sample;
    if (sample < low[column]!) low[column] = sample;
  }
  return { high, low };
}

/** A path along the most of all columns, and back along the least. */
function outline(samples: Float32Array): string {
  const { high, low } = extremes(samples);
  const most = Math.max(...high, ...low.map((value) => -value), 1e-6);
  const point = (value: number, column: number) => `${((column + 0.5) * WIDTH) / COLUMNS} ${(HEIGHT / 2) * (1 - (0.95 * value) / most)}`;
  return `M${[...high.map(point), ...low.map(point).reverse()].join('L')}Z`;
}

/** Sound over time. @param marks Seconds at which something begins. */
export function Waveform({ samples, seconds, marks, label }: { samples: Float32Array; seconds: number; marks: readonly number[]; label: string }) {
  const path = useMemo(() => outline(samples), [samples]);
  return (
    <svg className="wave" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={path} fill="var(--link)" />
      {marks.map((mark) => {
        const x = (mark / seconds) * WIDTH;
        return <line key={mark} x1={x} x2={x} y1="0" y2={HEIGHT} stroke="light-dark(#b34700, #ff9e5e)" strokeWidth="2" vectorEffect="non-scaling-stroke" />;
      })}
    </svg>
  );
}
