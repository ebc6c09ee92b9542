import { short } from './format';

const [SIDE, LEFT, BELOW] = [260, 46, 32];

/** Points of what is said over what is so, around the diagonal on which they agree. */
export function AgreementScatter({ title, points }: { title: string; points: readonly { truth: number; said: number }[] }) {
  const values = points.flatMap(({ truth, said }) => [truth, said]).filter(Number.isFinite);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const place = (value: number) => (SIDE * (value - least)) / (most - least || 1);
  const ticks = [least, (least + most) / 2, most];
  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      <svg viewBox={`${-LEFT} -8 ${SIDE + LEFT + 12} ${SIDE + BELOW + 8}`} width="100%" style={{ maxWidth: 380 }} role="img" aria-label={`${title}: ${points.length} examples, what is said over what is so, from ${short(least)} to ${short(most)}`}>
        {ticks.map((tick) => (
          <g key={tick} fontSize="10" fill="var(--quiet)">
            <line x1="0" x2={SIDE} y1={SIDE - place(tick)} y2={SIDE - place(tick)} stroke="var(--edge)" />
            <text x="-5" y={SIDE - place(tick) + 3} textAnchor="end">
              {short(Number(tick.toPrecision(3)))}
            </text>
            <text x={place(tick)} y={SIDE + 14} textAnchor="middle">
              {short(Number(tick.toPrecision(3)))}
            </text>
          </g>
        ))}
        <text x={SIDE / 2} y={SIDE + 27} fontSize="10" fill="var(--quiet)" textAnchor="middle">
          what is so
        </text>
        <line x1="0" y1={SIDE} x2={SIDE} y2="0" stroke="var(--quiet)" strokeDasharray="4 3" strokeWidth="1.5" />
        {points.map(({ truth, said }, at) => (
          <circle key={at} cx={place(truth)} cy={SIDE - place(said)} r="3" fill="var(--link)" fillOpacity="0.6" />
        ))}
      </svg>
    </figure>
  );
}
