import { useEffect, useState } from 'react';
import type { Sound } from '../parts/sound-input';
import { useExamples, type Examples } from './examples';
import { fromPcm, encodeWav } from './wav';

/** The sound that a page is about: at first an example of the data set. */
export function useSound(dataset: string): { sound: Sound | undefined; setSound: (sound: Sound) => void; examples: Examples; isExample: boolean } {
  const examples = useExamples(dataset);
  const { example } = examples;
  const [sound, setSound] = useState<Sound>();
  const [name, setName] = useState<string>();
  useEffect(() => {
    const audio = example?.fields.get('audio');
    if (!audio) return;
    setSound({ name: example!.title, bytes: encodeWav(fromPcm(audio), example!.dataset.schema?.sampleRate ?? 0) });
    setName(example!.title);
  }, [example?.key]);
  return { sound, setSound, examples, isExample: sound !== undefined && sound.name === name };
}
