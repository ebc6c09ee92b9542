/** What Evaluate measures, in the order in which the engine gives it. */
export const METRICS = ['distance', 'kernelDistance', 'precision', 'recall', 'density', 'coverage', 'diversity', 'nearest', 'classes/leastShare', 'classes/mostShare', 'classes/asAsked'];
