import { topClasses } from './top-classes';

describe('topClasses', () => {
  const probabilities = { dtype: 'float32' as const, shape: [2, 3], data: Float32Array.of(0.2, 0.5, 0.3, 0.25, 0.25, 0.5) };

  it('gives the most likely first, the lower index at a tie', () => {
    const [first, second] = topClasses(probabilities, 3, ['cat', 'dog', 'eel']);
    expect(first!.classes.map(({ name }) => name)).toEqual(['dog', 'eel', 'cat']);
    expect(second!.classes.map(({ index }) => index)).toEqual([2, 0, 1]);
    expect(first!.classes[0]!.probability).toBeCloseTo(0.5);
  });

  it('gives as many as asked for, and an index where a class has no name', () => {
    expect(topClasses(probabilities, 1, []).map(({ classes }) => classes.map(({ name }) => name))).toEqual([['1'], ['2']]);
  });

  it('says of which it is unsure', () => {
    const sure = { ...probabilities, data: Float32Array.of(0.1, 0.9, 0, 0.25, 0.25, 0.5) };
    expect(topClasses(sure, 1, [], 0.6).map(({ unsure }) => unsure)).toEqual([false, true]);
    expect(topClasses(sure, 1, []).map(({ unsure }) => unsure)).toEqual([false, false]);
  });
});
