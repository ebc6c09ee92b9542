import { Button } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Waveform } from './waveform';

/** A sound as it looks over time, and a button to hear it. Nothing of a file that the browser can't read: the service says what is wrong with it. */
export function SoundPlayer({ name, bytes, marks = [] }: { name: string; bytes: Uint8Array; marks?: readonly number[] }) {
  const [sound, setSound] = useState<AudioBuffer>();
  const samples = useMemo(() => sound?.getChannelData(0), [sound]);
  const [playing, setPlaying] = useState(false);
  const context = useRef<AudioContext>(undefined);
  const stop = () => {
    void context.current?.close();
    context.current = undefined;
    setPlaying(false);
  };
  useEffect(() => {
    let gone = false;
    setSound(undefined);
    // A copy: what is decoded is taken away.
    new OfflineAudioContext(1, 1, 44_100).decodeAudioData(bytes.slice().buffer).then((decoded) => gone || setSound(decoded), () => undefined);
    return () => {
      gone = true;
      stop();
    };
  }, [bytes]);
  const play = () => {
    context.current = new AudioContext();
    const source = context.current.createBufferSource();
    source.buffer = sound ?? null;
    source.connect(context.current.destination);
    source.onended = stop;
    source.start();
    setPlaying(true);
  };
  if (!sound || !samples) return null;
  return (
    <div>
      <Waveform samples={samples} seconds={sound.duration} marks={marks} label={`The sound of ${name} over ${sound.duration.toFixed(1)} seconds`} />
      <Button size="xs" variant="default" onClick={playing ? stop : play}>
        {playing ? 'Stop' : 'Play'}
      </Button>
    </div>
  );
}
