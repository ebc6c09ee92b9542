import { Button } from '@mantine/core';
import { useState } from 'react';
import { api } from '../../api/clients';
import { classOf } from '../../api/examples';
import { useAction } from '../../api/use-live';
import { useSound } from '../../api/use-sound';
import type { ClassifyResponse } from '../../generated/quartet/rnn/v1/classify_pb';
import { ClassAnswer } from '../../parts/class-answer';
import { ExampleLine } from '../../parts/example-line';
import { FailureNote } from '../../parts/failure';
import { Section } from '../../parts/page';
import { SoundInput, type Sound } from '../../parts/sound-input';
import type { ClassifyProps } from './classify';

/** The class of a recording: its language, its speaker, what is heard. */
export function ClassifyRecording({ picked, topK }: ClassifyProps) {
  const { sound, setSound, examples, isExample } = useSound(picked.version.dataset);
  const [answer, setAnswer] = useState<ClassifyResponse>();
  const classify = useAction(async ({ bytes }: Sound) => {
    setAnswer(undefined);
    setAnswer(await api.rnn.classify({ model: picked.ref, recordings: [bytes], topK }));
  });
  const take = (next: Sound) => {
    setSound(next);
    void classify.run(next);
  };
  return (
    <Section title="Classify a recording">
      <SoundInput sound={sound} onSound={take} />
      <ExampleLine examples={examples} known={isExample ? classOf(examples.example) : undefined} />
      <Button loading={classify.busy} disabled={!sound} onClick={() => sound && void classify.run(sound)}>
        Classify
      </Button>
      <FailureNote failure={classify.failure} />
      <ClassAnswer answer={answer} />
    </Section>
  );
}
