import type { QuartetError } from '@quartet/contracts';
import type { TranscriberPlan } from './plan';

/** Different words up to which a transcriber learns words rather than characters. */
const FEW_WORDS = 64;
const MOST = { word: 1000, character: 512 } as const;

export type Unit = TranscriberPlan['unit'];

/** A text's units. @param text With single spaces. */
export const unitsOf = (text: string, unit: Unit): string[] => (unit === 'word' ? text.split(' ').filter((word) => word !== '') : [...text]);

/**
 * The units that the texts of the training part are made of, sorted.
 * @param unit undefined: words, if there are few.
 * @throws QuartetError UNUSABLE_DATASET for texts of too many units
 */
export function learnUnits(texts: readonly string[], unit: Unit | undefined, refuse: (description: string) => QuartetError): Pick<TranscriberPlan, 'unit' | 'vocabulary'> {
  const distinct = (of: Unit): string[] => [...new Set(texts.flatMap((text) => unitsOf(text, of)))].sort();
  const words = distinct('word');
  const chosen = unit ?? (words.length <= FEW_WORDS ? 'word' : 'character');
  const vocabulary = chosen === 'word' ? words : distinct('character');
  if (vocabulary.length > MOST[chosen]) {
    throw refuse(`has ${vocabulary.length} different ${chosen}s, expected at most ${MOST[chosen]}. ${chosen === 'word' ? 'Train on characters (TRANSCRIPT_UNIT_CHARACTER)' : 'Write its texts in fewer characters'}`);
  }
  return { unit: chosen, vocabulary };
}

/** Texts as labels and back. */
export class Units {
  private readonly index: ReadonlyMap<string, number>;

  constructor(private readonly plan: Pick<TranscriberPlan, 'unit' | 'vocabulary'>) {
    this.index = new Map(plan.vocabulary.map((unit, label) => [unit, label]));
  }

  /** Units that the training didn't have are left out. */
  labels(text: string): number[] {
    return unitsOf(text, this.plan.unit).flatMap((unit) => this.index.get(unit) ?? []);
  }

  name(label: number): string {
    return this.plan.vocabulary[label]!;
  }

  text(labels: readonly number[]): string {
    return labels.map((label) => this.name(label)).join(this.plan.unit === 'word' ? ' ' : '').replace(/ +/g, ' ').trim();
  }
}
