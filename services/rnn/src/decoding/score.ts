import { bleu, chrf, ErrorRate, type TranslationPair } from '@quartet/core';

/** What decoded texts are measured by: chrF and BLEU, 0 to 100, as sacreBLEU's; the share that is none of the right texts. */
export function scoreTexts(pairs: readonly TranslationPair[]): Record<'chrf' | 'bleu' | 'sequenceErrorRate', number> {
  const rate = new ErrorRate();
  const words = (text: string): string[] => text.split(/\s+/u);
  for (const { hypothesis, references } of pairs) rate.add(references.map(words), words(hypothesis));
  return { chrf: chrf(pairs), bleu: bleu(pairs).score, sequenceErrorRate: rate.report().sequenceErrorRate };
}
