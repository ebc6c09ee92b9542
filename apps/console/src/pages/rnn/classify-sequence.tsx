import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { api } from '../../api/clients';
import { classOf, useExamples, useGiven } from '../../api/examples';
import { float32Tensor } from '../../api/tensors';
import { useAction } from '../../api/use-live';
import type { ClassifyResponse } from '../../generated/quartet/rnn/v1/classify_pb';
import { Chart } from '../../parts/chart';
import { ClassAnswer } from '../../parts/class-answer';
import { ExampleLine } from '../../parts/example-line';
import { FailureNote } from '../../parts/failure';
import { Section } from '../../parts/page';
import type { ClassifyProps } from './classify';

const MOST_CHANNELS = 8;

/** [time][channels] of a step a line. What is no number is NaN, which the service refuses with its place. */
const stepsOf = (text: string): number[][] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(/[,;\s]+/).filter(Boolean).map(Number));

const textOfSteps = (steps: readonly (readonly number[])[]): string => steps.map((values) => values.map((value) => Number(value.toPrecision(6))).join(', ')).join('\n');

/** The class of a sequence of numbers. */
export function ClassifySequence({ picked, topK }: ClassifyProps) {
  const examples = useExamples(picked.version.dataset);
  const [text = '', setText] = useGiven(examples, (example) => textOfSteps(example.steps));
  const [answer, setAnswer] = useState<ClassifyResponse>();
  const steps = stepsOf(text);
  const channels = steps[0]?.length ?? 0;
  const classify = useAction(async () => {
    setAnswer(undefined);
    const ragged = steps.findIndex(({ length }) => length !== channels);
    if (ragged >= 0) throw new Error(`Line ${ragged + 1} has ${steps[ragged]?.length} numbers, the first has ${channels}; give each step one for each channel.`);
    setAnswer(await api.rnn.classify({ model: picked.ref, sequences: [float32Tensor([steps.length, channels], Float32Array.from(steps.flat()))], topK }));
  });
  return (
    <Section title="Classify a sequence">
      <div className="halves">
        <Textarea label="Sequence" description="A step a line: a number for each channel, commas or blanks between them" rows={9} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <Chart title="The sequence, by channel" xLabel="step" lines={Array.from({ length: Math.min(channels, MOST_CHANNELS) }, (_, channel) => ({ name: `channel ${channel + 1}`, x: steps.map((_, at) => at + 1), y: steps.map((values) => values[channel] ?? null) }))} />
      </div>
      <ExampleLine examples={examples} known={classOf(examples.example)} />
      <Button loading={classify.busy} onClick={() => void classify.run()}>
        Classify
      </Button>
      <FailureNote failure={classify.failure} />
      <ClassAnswer answer={answer} />
    </Section>
  );
}
