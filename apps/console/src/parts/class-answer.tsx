import type { ClassifyResponse } from '../generated/quartet/rnn/v1/classify_pb';
import { Bars } from './bars';
import { percent } from './format';
import { Warnings } from './warnings';

/** The classes of one example. */
export function ClassAnswer({ answer }: { answer: ClassifyResponse | undefined }) {
  const [result] = answer?.results ?? [];
  return (
    <div role="status">
      {result && (
        <>
          <p>
            It is <b>{result.classes[0]?.name}</b>, says version {String(answer?.modelVersion)}.{result.median !== undefined && ` The classes have an order; the one in the middle is number ${result.median + 1}.`}
          </p>
          <Bars label="Probability by class" bars={result.classes.map(({ name, probability }) => ({ name, share: probability, text: percent(probability) }))} />
          {result.tokens > 0 && (
            <p className="quiet">
              Tokens read: {result.tokens}; unknown to the model: {result.unknownTokens}.
            </p>
          )}
          <Warnings of={[result.warning]} />
        </>
      )}
    </div>
  );
}
