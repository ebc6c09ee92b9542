import { Button, Checkbox, NumberInput, Textarea } from '@mantine/core';
import { useState } from 'react';
import { api } from '../../api/clients';
import { textOf, useExamples, useGiven } from '../../api/examples';
import { useAction } from '../../api/use-live';
import type { TranslateResponse } from '../../generated/quartet/rnn/v1/translate_pb';
import { ExampleLine } from '../../parts/example-line';
import { FailureNote } from '../../parts/failure';
import { short } from '../../parts/format';
import type { Picked } from '../../parts/model-picker';
import { Section } from '../../parts/page';
import { useUrl } from '../../parts/use-url';
import { Warnings } from '../../parts/warnings';

function Answer({ of: { results, modelVersion } }: { of: TranslateResponse }) {
  const [result] = results;
  const attention = useUrl(result?.attentionPng, 'image/png');
  const [best, ...others] = result?.hypotheses ?? [];
  return (
    <>
      <p className="said">{best?.text || '(nothing)'}</p>
      <p className="quiet">
        Score {short(best?.score)}, {best?.tokens.length} tokens, says version {String(modelVersion)}.
      </p>
      <Warnings of={result?.warnings ?? []} />
      {others.length > 0 && (
        <>
          <h3>Or</h3>
          <ol aria-label="Alternatives">
            {others.map(({ text, score }) => (
              <li key={text}>
                {text} <span className="quiet">score {short(score)}</span>
              </li>
            ))}
          </ol>
        </>
      )}
      {attention && (
        <figure className="picture why">
          <div className="scroll" tabIndex={0} role="region" aria-label="Attention">
            <img src={attention} alt={`Attention: for each token of the translation (${best?.tokens.join(' ')}) a row, for each of the text a column`} className="natural" />
          </div>
          <figcaption>Attention: a row a token of the translation, a column a token of the text. The darker, the more it was looked at.</figcaption>
        </figure>
      )}
    </>
  );
}

/** The translation of a text, others that were nearly as good, and what the model looked at. */
export function Translate({ picked }: { picked: Picked }) {
  const examples = useExamples(picked.version.dataset);
  const [text = '', setText] = useGiven(examples, (example) => textOf(example, 'source'));
  const [beamWidth, setBeamWidth] = useState<number | string>(4);
  const [alternatives, setAlternatives] = useState<number | string>(3);
  const [attentionPng, setAttentionPng] = useState(true);
  const [answer, setAnswer] = useState<TranslateResponse>();
  const translate = useAction(async () => {
    setAnswer(undefined);
    setAnswer(await api.rnn.translate({ model: picked.ref, texts: [text], beamWidth: Number(beamWidth) || 0, alternatives: Number(alternatives) || 0, attentionPng }));
  });
  const target = examples.example && textOf(examples.example, 'target');
  return (
    <Section title="Translate">
      <Textarea label="Text" autosize minRows={2} maxRows={10} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <ExampleLine examples={examples} known={target && `translated there as "${target}"`} />
      <div className="row end">
        <NumberInput label="Translations" value={alternatives} onChange={setAlternatives} min={1} max={32} w={130} allowDecimal={false} />
        <NumberInput label="Beam width" value={beamWidth} onChange={setBeamWidth} min={1} max={32} w={130} allowDecimal={false} />
        <Checkbox label="Show the attention" checked={attentionPng} onChange={(event) => setAttentionPng(event.currentTarget.checked)} mb={8} />
        <Button loading={translate.busy} onClick={() => void translate.run()}>
          Translate
        </Button>
      </div>
      <FailureNote failure={translate.failure} />
      <div role="status">{answer && <Answer of={answer} />}</div>
    </Section>
  );
}
