import { Button, NumberInput } from '@mantine/core';
import { useState } from 'react';
import { textOf } from '../../api/examples';
import { transcribe } from '../../api/transcribe';
import { useAction } from '../../api/use-live';
import { useSound } from '../../api/use-sound';
import type { Transcript } from '../../generated/quartet/rnn/v1/transcribe_pb';
import { ExampleLine } from '../../parts/example-line';
import { FailureNote } from '../../parts/failure';
import { short } from '../../parts/format';
import type { Picked } from '../../parts/model-picker';
import { Section } from '../../parts/page';
import { SoundInput, type Sound } from '../../parts/sound-input';
import { Warnings } from '../../parts/warnings';

function Answer({ of: { text, logProbability, units, alternatives, seconds, warnings, modelVersion } }: { of: Transcript }) {
  return (
    <>
      <p className="said">{text === '' ? 'Nothing, as far as the model hears.' : text}</p>
      <p className="quiet">
        {seconds.toFixed(1)} s of sound, log probability {short(logProbability)}, says version {String(modelVersion)}.
      </p>
      <Warnings of={warnings} />
      {units.length > 0 && (
        <ol className="units" aria-label="What begins when">
          {units.map((unit, at) => (
            <li key={at}>
              <span className="quiet">{unit.startSeconds.toFixed(2)} s</span> {unit.text}
            </li>
          ))}
        </ol>
      )}
      {alternatives.length > 0 && (
        <>
          <h3>Or</h3>
          <ol aria-label="Alternatives">
            {alternatives.map((other) => (
              <li key={other.text}>
                {other.text || '(nothing)'} <span className="quiet">log probability {short(other.logProbability)}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}

/** What is said in a recording. */
export function Transcribe({ picked }: { picked: Picked }) {
  const { sound, setSound, examples, isExample } = useSound(picked.version.dataset);
  const [alternatives, setAlternatives] = useState<number | string>(2);
  const [answer, setAnswer] = useState<Transcript>();
  const hear = useAction(async ({ bytes }: Sound) => {
    setAnswer(undefined);
    // A person who gives a file of several channels wants it heard.
    setAnswer(await transcribe({ model: picked.ref, alternatives: Number(alternatives) || 0, mixDown: true }, bytes));
  });
  const take = (next: Sound) => {
    setSound(next);
    void hear.run(next);
  };
  const change = (next: () => void) => {
    setAnswer(undefined);
    next();
  };
  const text = examples.example && textOf(examples.example, 'text');
  return (
    <Section title="Write down what is said">
      <SoundInput sound={sound} onSound={take} marks={answer?.units.map(({ startSeconds }) => startSeconds)} />
      <ExampleLine examples={{ ...examples, another: () => change(examples.another) }} known={isExample && text ? `said in it: "${text}"` : undefined} />
      <div className="row end">
        <NumberInput label="Alternatives" value={alternatives} onChange={setAlternatives} min={0} max={7} w={130} allowDecimal={false} />
        <Button loading={hear.busy} disabled={!sound} onClick={() => sound && void hear.run(sound)}>
          Transcribe
        </Button>
      </div>
      <FailureNote failure={hear.failure} />
      <div role="status">{answer && <Answer of={answer} />}</div>
    </Section>
  );
}
