import { Slider } from '@mantine/core';
import { useState } from 'react';
import { looksOf, reachCurves } from '../api/time-gradients';
import type { TrainingEvent } from '../generated/quartet/training/v1/training_pb';
import { Chart } from './chart';

/** Of a recurrent network: how the gradient fares on its way back through time, and how far back it reaches. Nothing of other networks. */
export function TimeGradients({ events }: { events: readonly TrainingEvent[] }) {
  const looks = looksOf(events);
  const last = looks.length - 1;
  // Unset: the latest, which grows while one looks.
  const [chosen, setChosen] = useState<number>();
  const look = looks[Math.min(chosen ?? last, last)];
  if (!look) return null;
  return (
    <>
      <div>
        <Chart title={`Gradient through time, |dL/dh_t|, at step ${look.step}`} xLabel="time step" logarithmic lines={look.curves} />
        {last > 0 && (
          <>
            <p className="quiet">{chosen === undefined ? `The latest of ${looks.length} looks` : `Look ${chosen + 1} of ${looks.length}`}</p>
            <Slider thumbLabel="Which look at the gradient" min={0} max={last} value={chosen ?? last} label={null} onChange={(at) => setChosen(at === last ? undefined : at)} />
          </>
        )}
      </div>
      <Chart title="Reach of the gradient, in time steps before the end" xLabel="step" lines={reachCurves(looks)} />
    </>
  );
}
