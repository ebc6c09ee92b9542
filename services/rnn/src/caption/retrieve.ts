/** Of each query the index of the most similar of `known`, by the cosine of scaled embeddings: what a captioner must be better than. */
export function nearest(queries: readonly Float32Array[], known: readonly Float32Array[]): number[] {
  const length = (vector: Float32Array): number => Math.hypot(...vector) || 1;
  const lengths = known.map(length);
  return queries.map((query) => {
    const similarity = known.map((vector, index) => vector.reduce((sum, value, feature) => sum + value * query[feature]!, 0) / lengths[index]!);
    return similarity.reduce((best, value, index) => (value > similarity[best]! ? index : best), 0);
  });
}
