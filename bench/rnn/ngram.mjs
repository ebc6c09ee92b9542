// A character n-gram model with backoff: Witten and Bell's interpolation (1991), a proper distribution:
//   P(c | h) = (count(h c) + kinds(h) P(c | h without its first)) / (count(h) + kinds(h)), kinds(h): different characters seen after h.

/** @returns Bits a character of `test`, its first characters with the context that there is. */
export function ngramBits(train, test, order = 5) {
  const [text, other] = [Array.from(train), Array.from(test)];
  // Characters never seen share one place beside those seen.
  const alphabet = new Set(text).size + 1;
  const counts = Array.from({ length: order }, () => new Map());
  for (let at = 0; at < text.length; at += 1) {
    for (let length = 0; length < order && length <= at; length += 1) {
      const context = text.slice(at - length, at).join('');
      const known = counts[length].get(context) ?? { total: 0, next: new Map() };
      known.total += 1;
      known.next.set(text[at], (known.next.get(text[at]) ?? 0) + 1);
      counts[length].set(context, known);
    }
  }
  let bits = 0;
  for (let at = 0; at < other.length; at += 1) {
    let probability = 1 / alphabet;
    for (let length = 0; length < order && length <= at; length += 1) {
      const known = counts[length].get(other.slice(at - length, at).join(''));
      if (!known) break;
      probability = ((known.next.get(other[at]) ?? 0) + known.next.size * probability) / (known.total + known.next.size);
    }
    bits -= Math.log2(probability);
  }
  return bits / other.length;
}
