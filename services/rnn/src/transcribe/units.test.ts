import { QuartetError } from '@quartet/contracts';
import { learnUnits, Units } from './units';

const refuse = (description: string): QuartetError => new QuartetError('UNUSABLE_DATASET', description);
const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `word${i}`);

test('few words are learned as words, many as characters, unless told otherwise', () => {
  expect(learnUnits(['one two', 'two three'], undefined, refuse)).toEqual({ unit: 'word', vocabulary: ['one', 'three', 'two'] });
  expect(learnUnits(numbered(65), undefined, refuse)).toMatchObject({ unit: 'character', vocabulary: [...'0123456789dorw'] });
  expect(learnUnits(['ab a'], 'character', refuse).vocabulary).toEqual([' ', 'a', 'b']);
  expect(() => learnUnits(numbered(1001), 'word', refuse)).toThrow('has 1001 different words, expected at most 1000. Train on characters (TRANSCRIPT_UNIT_CHARACTER)');
});

test('texts become labels and come back, without what the training had not', () => {
  const words = new Units({ unit: 'word', vocabulary: ['one', 'two'] });
  expect(words.labels('two three one')).toEqual([1, 0]);
  expect(words.text([1, 0, 0])).toBe('two one one');
  const characters = new Units({ unit: 'character', vocabulary: [' ', 'a', 'é'] });
  expect(characters.labels('é ax')).toEqual([2, 0, 1]);
  expect(characters.text([0, 2, 0, 0, 1, 0])).toBe('é a');
});
