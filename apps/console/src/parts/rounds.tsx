import { Button, Slider, Text } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/clients';
import { readNpy } from '../api/npy';
import { picturesOf, type Picture } from '../api/tensors';
import { useAction } from '../api/use-live';
import { FailureNote } from './failure';
import type { Picked } from './model-picker';
import { TensorPicture } from './tensor-picture';

const KEPT = /^samples\/round-(\d+)\.npy$/;
const MOST = 32;

interface Round {
  round: number;
  pictures: Picture[];
}

/** What a training kept of its rounds lies in the version's artefact, which comes as a whole. */
async function roundsOf({ ref }: Picked): Promise<Round[]> {
  const files = new Map<number, Uint8Array[]>();
  for await (const { path, data } of api.models.exportVersion({ model: ref })) {
    const round = Number(KEPT.exec(path)?.[1] ?? NaN);
    if (Number.isNaN(round)) continue;
    files.set(round, [...(files.get(round) ?? []), data]);
  }
  const whole = async (chunks: Uint8Array[]) => new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
  return Promise.all([...files].sort(([a], [b]) => a - b).map(async ([round, chunks]) => ({ round, pictures: picturesOf(readNpy(await whole(chunks))).slice(0, MOST) })));
}

/** The same latents, round by round of the training. */
export function Rounds({ picked }: { picked: Picked }) {
  const [rounds, setRounds] = useState<Round[]>([]);
  const [at, setAt] = useState(0);
  const show = useAction(async () => {
    const found = await roundsOf(picked);
    setRounds(found);
    setAt(found.length - 1);
  });
  const kept = picked.version.files.filter(({ path }) => KEPT.test(path)).length;
  const shown = rounds[at];
  if (kept === 0) return <p className="quiet">This version has kept nothing of its rounds.</p>;
  return (
    <>
      <FailureNote failure={show.failure} />
      {!shown && (
        <Button size="xs" loading={show.busy} onClick={() => void show.run()}>
          Show {kept} rounds
        </Button>
      )}
      {shown && (
        <>
          <Text size="sm" component="div">
            Round {shown.round}
          </Text>
          {rounds.length > 1 && <Slider thumbLabel="Round" value={at} onChange={setAt} min={0} max={rounds.length - 1} label={null} maw={420} my="sm" />}
          <div className="pictures">
            {shown.pictures.map((picture, sample) => (
              <TensorPicture key={sample} picture={picture} size={64} label={`Sample ${sample} of round ${shown.round}`} />
            ))}
          </div>
        </>
      )}
    </>
  );
}
