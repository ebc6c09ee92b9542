import { QuartetError, type Version } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { generateNumbers } from './generate';
import { manifestOf } from './model-info';

/** Images of one engine run: between two, other requests have their turn. */
const CHUNK = 32;
/** Examples of a class that are drawn for each one that is wanted, and some more for a few. */
const MOST_DRAWS = 20;

export interface Wanted {
  count: number;
  seed: bigint;
  truncation: number | undefined;
  /** Whether an example that the classifier takes for another class is drawn again. */
  checked: boolean;
}

/**
 * Examples of a conditional version in bytes, and their classes: place n has class n modulo the classes. Example n of the seed stands there, or, checked, the
 * first of its class, from there on, that is recognized and hasn't a place yet.
 *
 * @throws QuartetError WRONG_STATE if hardly any example of a class is recognized.
 */
export async function labelled(runtime: FamilyRuntime, version: Version, { count, seed, truncation, checked }: Wanted, call: CallScope): Promise<{ images: Uint8Array; labels: Int32Array }> {
  const { spec, classNames } = manifestOf(version);
  const size = spec.exampleShape.reduce((a, b) => a * b, 1);
  const images = new Uint8Array(count * size);
  const labels = Int32Array.from({ length: count }, (_, place) => place % spec.classes);
  const places = Array.from({ length: spec.classes }, (_, of) => Math.ceil((count - of) / spec.classes));
  const filled = new Array<number>(spec.classes).fill(0);
  const chunk = Math.min(CHUNK, runtime.settings.QUARTET_MAX_BATCH);
  const open = (of: number): boolean => filled[of]! < places[of]!;
  for (let next = 0; places.some((_, of) => open(of)); ) {
    call.signal.throwIfAborted();
    const numbers: number[] = [];
    for (; numbers.length < chunk && numbers.length < count; next += 1) if (open(next % spec.classes)) numbers.push(next);
    const { examples, classes } = await generateNumbers(runtime, version, { seed, numbers, truncation }, call);
    const seen = checked ? (await runtime.infer(version, 'recognize', { x: { ...examples, data: examples.data.slice() } }, call))['classes']!.data : classes;
    classes.forEach((of, row) => {
      if (seen[row] !== of || !open(of)) return;
      const place = filled[of]! * spec.classes + of;
      filled[of]! += 1;
      for (let at = 0; at < size; at += 1) images[place * size + at] = Math.round((examples.data[row * size + at] ?? 0) * 255);
    });
    const draws = Math.floor(next / spec.classes);
    const short = places.findIndex((wanted, of) => open(of) && draws > MOST_DRAWS * (wanted + 10));
    if (short >= 0) {
      const what = `of ${draws} examples of class '${classNames[short]}' only ${filled[short]} were taken for it by the version's classifier`;
      throw new QuartetError('WRONG_STATE', `${version.model} version ${version.version}: ${what}. Train it longer, or set \`checked\` to false to take them as they are`);
    }
  }
  return { images, labels };
}
