import { Button, Progress } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { api } from '../api/clients';
import { useAction } from '../api/use-live';
import type { Dataset } from '../generated/quartet/dataset/v1/dataset_pb';
import { FailureNote } from '../parts/failure';
import type { Picked } from '../parts/model-picker';

export const MOST_EXAMPLES = 1000;
const LIMIT_MS = 120_000;

interface Props<T> {
  picked: Picked;
  measure: (dataset: Dataset, told: (share: number) => void, signal: AbortSignal) => Promise<T>;
  children: (measured: T) => ReactNode;
}

/** Has a version answer held-out examples when asked to, and shows what comes of it. */
export function Measuring<T>({ picked, measure, children }: Props<T>) {
  const [measured, setMeasured] = useState<T>();
  const [share, setShare] = useState(0);
  const run = useAction(async () => {
    setShare(0);
    const dataset = await api.datasets.getDataset({ name: picked.version.dataset });
    setMeasured(await measure(dataset, setShare, AbortSignal.timeout(LIMIT_MS)));
  });
  return (
    <>
      <div className="row">
        <Button size="xs" loading={run.busy} onClick={() => void run.run()}>
          Measure on held-out examples
        </Button>
        {run.busy && <Progress value={100 * share} w={160} aria-label="Share that is measured" />}
      </div>
      <FailureNote failure={run.failure} />
      {measured !== undefined && children(measured)}
    </>
  );
}
