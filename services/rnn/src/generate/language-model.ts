import type { Version } from '@quartet/contracts';
import { manifestFor } from '../manifest';
import type { Tokenizer } from '../text/tokenizer';
import { tokenizerFor } from '../text/tokenizer-for';

/** What a service needs to know of a language model besides its functions. */
export interface LanguageModelInfo {
  tokenizer: Tokenizer;
  /** Of the packed state. */
  stateWidth: number;
}

const known = new WeakMap<Version, LanguageModelInfo>();

/** @throws QuartetError WRONG_STATE for a model of another task. */
export function languageModelOf(version: Version): LanguageModelInfo {
  const { spec, signatures } = manifestFor(version, 'generate');
  const info = known.get(version) ?? { tokenizer: tokenizerFor(spec.tokenizer), stateWidth: signatures['step']!.inputs['state']!.shape[1]! };
  known.set(version, info);
  return info;
}
