import { Heap } from 'heap-js';

interface Candidate {
  count: number;
  left: number;
  right: number;
}

interface Word {
  /** Its characters at first; joined ever more. */
  ids: number[];
  count: number;
}

const RADIX = 2 ** 24;
const keyOf = (left: number, right: number): number => left * RADIX + right;

/**
 * Byte-pair encoding (Sennrich et al., 2016): again and again the most frequent pair of neighbours becomes one token; of equally frequent
 * ones that whose tokens are older.
 *
 * @param words How often each is seen, spelled in `alphabet`.
 * @param most Pairs to join.
 * @param minCount Rarer pairs are not joined.
 */
export function learnMerges(words: ReadonlyMap<string, number>, alphabet: readonly string[], most: number, minCount: number): [string, string][] {
  const tokens = [...alphabet];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const list: Word[] = Array.from(words, ([word, count]) => ({ ids: Array.from(word, (character) => ids.get(character)!), count }));
  const counts = new Map<number, number>();
  const places = new Map<number, Set<Word>>();
  const heap = new Heap<Candidate>((a, b) => b.count - a.count || a.left - b.left || a.right - b.right);

  const countPairs = (word: Word, sign: 1 | -1): number[] => {
    const pairs: number[] = [];
    for (let i = 1; i < word.ids.length; i++) {
      const key = keyOf(word.ids[i - 1]!, word.ids[i]!);
      counts.set(key, (counts.get(key) ?? 0) + sign * word.count);
      if (sign > 0) {
        const found = places.get(key) ?? new Set();
        places.set(key, found.add(word));
      }
      pairs.push(key);
    }
    return pairs;
  };
  const push = (key: number): void => {
    const count = counts.get(key)!;
    if (count >= minCount) heap.push({ count, left: Math.floor(key / RADIX), right: key % RADIX });
  };
  for (const word of list) countPairs(word, 1);
  for (const key of counts.keys()) push(key);

  const merges: [string, string][] = [];
  while (merges.length < most) {
    const best = heap.pop();
    if (!best) break;
    const key = keyOf(best.left, best.right);
    // Its count has changed since: whoever changed it has pushed it anew.
    if (counts.get(key) !== best.count) continue;
    merges.push([tokens[best.left]!, tokens[best.right]!]);
    const token = tokens[best.left]! + tokens[best.right]!;
    // Other pairs may have made it before.
    const joined = ids.get(token) ?? tokens.push(token) - 1;
    ids.set(token, joined);
    const changed = new Set<number>();
    for (const word of places.get(key)!) {
      const before = countPairs(word, -1);
      join(word, best, joined);
      const after = countPairs(word, 1);
      for (const pair of before) changed.add(pair);
      for (const pair of after) changed.add(pair);
    }
    counts.delete(key);
    places.delete(key);
    changed.delete(key);
    for (const pair of changed) push(pair);
  }
  return merges;
}

function join(word: Word, { left, right }: Candidate, joined: number): void {
  const ids: number[] = [];
  for (let i = 0; i < word.ids.length; i++) {
    const found = word.ids[i] === left && word.ids[i + 1] === right;
    ids.push(found ? joined : word.ids[i]!);
    if (found) i++;
  }
  word.ids = ids;
}
