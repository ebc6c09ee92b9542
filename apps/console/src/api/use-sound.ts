import type { Sound } from '../parts/sound-input';
import { useExamples, useGiven, type Example, type Examples } from './examples';
import { encodeWav, fromPcm } from './wav';

function soundOf({ title, fields, dataset }: Example): Sound | undefined {
  const audio = fields.get('audio');
  return audio && { name: title, bytes: encodeWav(fromPcm(audio), dataset.schema?.sampleRate ?? 0) };
}

/** The sound that a page is about: an example of the data set, or what was given. */
export function useSound(dataset: string): { sound: Sound | undefined; setSound: (sound: Sound) => void; examples: Examples; isExample: boolean } {
  const examples = useExamples(dataset);
  const [sound, setSound, isExample] = useGiven(examples, soundOf);
  return { sound, setSound, examples, isExample };
}
