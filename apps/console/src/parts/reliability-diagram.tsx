import type { Bin } from '../api/calibration';
import { percent } from './format';

const [SIDE, LEFT, BELOW] = [240, 34, 30];

/** How often answers are right, by how sure they are: calibrated ones end at the diagonal. */
export function ReliabilityDiagram({ bins }: { bins: readonly Bin[] }) {
  const most = Math.max(...bins.map(({ count }) => count), 1);
  const filled = bins.filter(({ count }) => count > 0);
  const told = filled.map(({ confidence = 0, accuracy = 0 }) => `${percent(confidence)} sure, ${percent(accuracy)} right`).join('; ');
  const y = (share: number) => SIDE * (1 - share);
  return (
    <figure className="chart">
      <figcaption>Reliability</figcaption>
      <svg viewBox={`${-LEFT} -8 ${SIDE + LEFT + 20} ${SIDE + BELOW + 8}`} width="100%" style={{ maxWidth: 340 }} role="img" aria-label={`Share of right answers by how sure they are: ${told}`}>
        {[0, 0.25, 0.5, 0.75, 1].map((tick) => (
          <g key={tick} fontSize="10" fill="var(--quiet)">
            <line x1="0" x2={SIDE} y1={y(tick)} y2={y(tick)} stroke="var(--edge)" />
            <text x="-5" y={y(tick) + 3} textAnchor="end">{`${100 * tick} %`}</text>
            <text x={SIDE * tick} y={SIDE + 14} textAnchor="middle">{`${100 * tick} %`}</text>
          </g>
        ))}
        <text x={SIDE / 2} y={SIDE + 27} fontSize="10" fill="var(--quiet)" textAnchor="middle">
          how sure
        </text>
        {filled.map(({ from, to, count, accuracy = 0 }) => (
          <rect key={from} x={SIDE * from + 1} width={SIDE * (to - from) - 2} y={y(accuracy)} height={SIDE * accuracy} fill="var(--link)" fillOpacity={0.25 + (0.75 * count) / most} stroke="var(--link)" />
        ))}
        <line x1="0" y1={SIDE} x2={SIDE} y2="0" stroke="var(--quiet)" strokeDasharray="4 3" strokeWidth="1.5" />
      </svg>
      <p className="quiet">Height: share that is right. The stronger the colour, the more answers. Calibrated answers end at the dashed line.</p>
    </figure>
  );
}
