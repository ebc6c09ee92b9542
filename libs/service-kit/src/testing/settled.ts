/** Waits until a count has stopped growing, and returns it. */
export async function settled(count: () => number): Promise<number> {
  for (;;) {
    const before = count();
    await new Promise((resolve) => setTimeout(resolve, 300));
    if (count() === before && before > 0) return before;
  }
}
