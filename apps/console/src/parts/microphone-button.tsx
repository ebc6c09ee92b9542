import { Button, Progress } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { record, type Recording } from '../api/microphone';
import { useAction } from '../api/use-live';
import { FailureNote } from './failure';

/** What a service takes of one recording, where nothing else is set. */
const MOST_SECONDS = 120;

/** Records from the microphone between two presses; hands on a WAV file. */
export function MicrophoneButton({ onRecorded }: { onRecorded: (wav: Uint8Array<ArrayBuffer>) => void }) {
  const recording = useRef<Recording>(undefined);
  const [heard, setHeard] = useState<{ peak: number; seconds: number }>();
  const stop = useAction(async () => {
    const wav = await recording.current?.stop();
    recording.current = undefined;
    setHeard(undefined);
    if (wav) onRecorded(wav);
  });
  const start = useAction(async () => {
    recording.current = await record((peak, seconds) => {
      setHeard({ peak, seconds });
      if (seconds >= MOST_SECONDS && recording.current) void stop.run();
    });
    setHeard((before) => before ?? { peak: 0, seconds: 0 });
  });
  useEffect(
    () => () => {
      void recording.current?.stop();
    },
    [],
  );
  return (
    <>
      <Button variant="default" loading={start.busy || stop.busy} onClick={() => void (heard ? stop.run() : start.run())}>
        {heard ? 'End the recording' : 'Record from the microphone'}
      </Button>
      {heard && (
        <div className="level">
          <Progress value={100 * heard.peak} aria-label="Loudness" />
          <p className="quiet">{heard.seconds.toFixed(1)} s</p>
        </div>
      )}
      <FailureNote failure={start.failure ?? stop.failure} />
    </>
  );
}
