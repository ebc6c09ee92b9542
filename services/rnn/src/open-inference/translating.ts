import { rnn } from '@quartet/contracts';
import { fromFloats, fromTexts, toTexts } from '@quartet/service-kit';
import { translate } from '../translate/translate';
import type { TranslatorPlan } from '../translate/plan';
import { exactly } from './exactly';
import type { OpenTask } from './open-inference';

/** Texts in, the best translation of each and its score out. */
export const translating: OpenTask<TranslatorPlan> = {
  signature: () => ({
    inputs: [{ name: 'texts', datatypes: ['BYTES'], shape: [-1] }],
    outputs: [
      { name: 'translations', datatype: 'BYTES', shape: [-1] },
      { name: 'scores', datatype: 'FP32', shape: [-1] },
    ],
  }),
  async infer(runtime, version, _plan, { texts }, call) {
    const { results } = await translate(runtime, rnn.TranslateRequest.fromPartial({ model: exactly(version), texts: toTexts(texts!, 'texts') }), call);
    const best = results.map(({ hypotheses: [first] }) => first);
    return {
      translations: fromTexts(best.map((hypothesis) => hypothesis?.text ?? '')),
      scores: fromFloats(Float32Array.from(best, (hypothesis) => hypothesis?.score ?? NaN), [best.length]),
    };
  },
};
