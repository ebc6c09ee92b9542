const [WIDTH, HEIGHT, COLUMNS] = [600, 80, 200];

/** A path along the loudest samples above and below zero of each column. */
function outline(samples: Float32Array): string {
  const most = samples.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-6);
  const columns = Array.from({ length: COLUMNS }, (_, column) => {
    const [from, to] = [0, 1].map((more) => Math.floor(((column + more) * samples.length) / COLUMNS));
    const part = samples.subarray(from, Math.max(to ?? 0, (from ?? 0) + 1));
    return part.reduce(([low, high], sample) => [Math.min(low!, sample), Math.max(high!, sample)], [0, 0]);
  });
  const point = (column: number, value: number) => `${((column + 0.5) * WIDTH) / COLUMNS} ${(HEIGHT / 2) * (1 - (0.95 * value) / most)}`;
  return `M${[...columns.map(([, high = 0], at) => point(at, high)), ...columns.map(([low = 0], at) => point(at, low)).reverse()].join('L')}Z`;
}

/** Sound over time. @param marks Seconds at which something begins. */
export function Waveform({ samples, seconds, marks, label }: { samples: Float32Array; seconds: number; marks: readonly number[]; label: string }) {
  return (
    <svg className="wave" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={outline(samples)} fill="var(--link)" />
      {marks.map((mark) => {
        const x = (mark / seconds) * WIDTH;
        return <line key={mark} x1={x} x2={x} y1="0" y2={HEIGHT} stroke="light-dark(#b34700, #ff9e5e)" strokeWidth="2" vectorEffect="non-scaling-stroke" />;
      })}
    </svg>
  );
}
