import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { api } from '../../api/clients';
import { classOf, textOf, useExamples, useGiven } from '../../api/examples';
import { useAction } from '../../api/use-live';
import type { ClassifyResponse } from '../../generated/quartet/rnn/v1/classify_pb';
import { ClassAnswer } from '../../parts/class-answer';
import { ExampleLine } from '../../parts/example-line';
import { FailureNote } from '../../parts/failure';
import { Section } from '../../parts/page';
import type { ClassifyProps } from './classify';

/** The class of a text. */
export function ClassifyText({ picked, topK }: ClassifyProps) {
  const examples = useExamples(picked.version.dataset);
  const [text = '', setText] = useGiven(examples, (example) => textOf(example, 'text'));
  const [answer, setAnswer] = useState<ClassifyResponse>();
  const classify = useAction(async () => {
    setAnswer(undefined);
    setAnswer(await api.rnn.classify({ model: picked.ref, texts: [text], topK }));
  });
  return (
    <Section title="Classify a text">
      <Textarea label="Text" autosize minRows={3} maxRows={12} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <ExampleLine examples={examples} known={classOf(examples.example)} />
      <Button loading={classify.busy} onClick={() => void classify.run()}>
        Classify
      </Button>
      <FailureNote failure={classify.failure} />
      <ClassAnswer answer={answer} />
    </Section>
  );
}
