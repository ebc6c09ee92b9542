import { Button, NumberInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { api } from '../../api/clients';
import { textOf, useExamples } from '../../api/examples';
import { useAction } from '../../api/use-live';
import type { CaptionResponse } from '../../generated/quartet/rnn/v1/caption_pb';
import { ExampleLine } from '../../parts/example-line';
import { FailureNote } from '../../parts/failure';
import { short } from '../../parts/format';
import { ImageDrop } from '../../parts/image-drop';
import { specOf, type Picked } from '../../parts/model-picker';
import { Section } from '../../parts/page';
import { useUrl } from '../../parts/use-url';

/** What the manifest of a captioner tells. */
interface CaptionerSettings {
  imageModel: { name: string; version: string };
}

/** What is to be seen in an image. */
export function Caption({ picked }: { picked: Picked }) {
  const { imageModel } = specOf<CaptionerSettings>(picked.version);
  const examples = useExamples(picked.version.dataset);
  const image = examples.example?.fields.get('image');
  const url = useUrl(image, 'image/png');
  const [alternatives, setAlternatives] = useState<number | string>(3);
  const [answer, setAnswer] = useState<CaptionResponse>();
  const caption = useAction(async (bytes: Uint8Array) => {
    setAnswer(undefined);
    setAnswer(await api.rnn.caption({ model: picked.ref, images: [bytes], alternatives: Number(alternatives) || 0 }));
  });
  const [best, ...others] = answer?.results[0]?.captions ?? [];
  const known = examples.example && textOf(examples.example, 'text');
  return (
    <Section title="Caption an image">
      <div className="halves">
        <ImageDrop label="Drop an image here: PNG or JPEG" onImage={({ bytes }) => void caption.run(bytes)} />
        {url && image && (
          <div>
            <img src={url} alt={examples.example?.title} height={112} className="natural" />
            <ExampleLine examples={examples} known={known && `called "${known}" there`} />
            <Button loading={caption.busy} onClick={() => void caption.run(image)}>
              Caption this example
            </Button>
          </div>
        )}
      </div>
      <NumberInput label="Captions" value={alternatives} onChange={setAlternatives} min={1} max={4} w={130} mt="sm" allowDecimal={false} />
      <FailureNote failure={caption.failure} />
      <div role="status">
        {best && (
          <>
            <p className="said">{best.text || '(nothing)'}</p>
            <p className="quiet">
              Score {short(best.score)}, says version {String(answer?.modelVersion)}
              {imageModel && (
                <>
                  , which looks through <Link href={`/models/${encodeURIComponent(imageModel.name)}`}>{`${imageModel.name} ${imageModel.version}`}</Link>
                </>
              )}
              .
            </p>
            {others.length > 0 && (
              <>
                <h3>Or</h3>
                <ol aria-label="Alternatives">
                  {others.map(({ text, score }) => (
                    <li key={text}>
                      {text || '(nothing)'} <span className="quiet">score {short(score)}</span>
                    </li>
                  ))}
                </ol>
              </>
            )}
          </>
        )}
      </div>
    </Section>
  );
}
