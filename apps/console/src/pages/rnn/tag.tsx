import { Button, Textarea, useComputedColorScheme } from '@mantine/core';
import { useState } from 'react';
import { api } from '../../api/clients';
import { textOf, useExamples, useGiven } from '../../api/examples';
import { useAction } from '../../api/use-live';
import type { TaggedSentence } from '../../generated/quartet/rnn/v1/tag_pb';
import { colourOf } from '../../parts/chart';
import { ExampleLine } from '../../parts/example-line';
import { FailureNote } from '../../parts/failure';
import { percent } from '../../parts/format';
import type { Picked } from '../../parts/model-picker';
import { Section } from '../../parts/page';

interface Answer extends Pick<TaggedSentence, 'tags' | 'unknownTokens'> {
  tokens: string[];
  version: bigint;
}

const tokensOf = (text: string): string[] => text.split(/\s+/).filter(Boolean);

/** Each token in the colour of its tag, which stands beneath it with how sure the model is. */
function Tagged({ of: { tokens, tags, unknownTokens, version } }: { of: Answer }) {
  const scheme = useComputedColorScheme('light');
  const names = [...new Set(tags.map(({ name }) => name))].sort();
  return (
    <>
      <ol className="tagged" aria-label="Tokens with their tags">
        {tokens.map((token, at) => {
          const colour = colourOf(scheme, names.indexOf(tags[at]?.name ?? ''));
          return (
            <li key={at} style={{ borderColor: colour, background: `${colour}1f` }}>
              <span>{token}</span> <b style={{ color: colour }}>{tags[at]?.name}</b> <span className="sure">{percent(tags[at]?.probability ?? 0)}</span>
            </li>
          );
        })}
      </ol>
      <p className="quiet">
        Says version {String(version)}.{unknownTokens > 0 && ` Training had not seen ${unknownTokens} of the ${tokens.length} tokens: their spelling and their neighbours decide.`}
      </p>
    </>
  );
}

/** A tag for each token of a sentence. */
export function Tag({ picked }: { picked: Picked }) {
  const examples = useExamples(picked.version.dataset);
  const [text = '', setText] = useGiven(examples, (example) => textOf(example, 'tokens').replaceAll('\n', ' '));
  const [answer, setAnswer] = useState<Answer>();
  const tag = useAction(async () => {
    setAnswer(undefined);
    const tokens = tokensOf(text);
    const { results, modelVersion } = await api.rnn.tag({ model: picked.ref, sentences: [{ tokens }] });
    if (results[0]) setAnswer({ tokens, tags: results[0].tags, unknownTokens: results[0].unknownTokens, version: modelVersion });
  });
  return (
    <Section title="Tag a sentence">
      <Textarea label="Sentence" description="Blanks divide its tokens, punctuation marks too" autosize minRows={2} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <ExampleLine examples={examples} />
      <Button loading={tag.busy} onClick={() => void tag.run()}>
        Tag
      </Button>
      <FailureNote failure={tag.failure} />
      <div role="status">{answer && <Tagged of={answer} />}</div>
    </Section>
  );
}
