/** What is done in a step besides its forward and backward pass. */
export interface StepPlan {
  /** The number of the update that this step's gradients are part of, from 1. */
  update: number;
  /** Steps whose gradients are averaged in the update that this step makes; 0: it makes none and only adds its gradients. */
  averaged: number;
  /** Whether it is measured one weight and one layer at a time; only a step that makes an update is. */
  diagnose: boolean;
}

/**
 * Gradients of up to `accumulateSteps` steps make one update; none are carried over from one epoch to the next.
 *
 * @param step From 0. @param diagnosticsEverySteps 0: never.
 */
export function planStep(step: number, stepsPerEpoch: number, accumulateSteps: number, diagnosticsEverySteps: number): StepPlan {
  const epoch = Math.floor(step / stepsPerEpoch);
  const inEpoch = step % stepsPerEpoch;
  const update = epoch * Math.ceil(stepsPerEpoch / accumulateSteps) + Math.floor(inEpoch / accumulateSteps) + 1;
  const gathered = (inEpoch % accumulateSteps) + 1;
  if (gathered < accumulateSteps && inEpoch + 1 < stepsPerEpoch) return { update, averaged: 0, diagnose: false };
  const due = (steps: number): number => Math.floor(steps / diagnosticsEverySteps);
  return { update, averaged: gathered, diagnose: diagnosticsEverySteps > 0 && due(step + 1) > due(step + 1 - gathered) };
}
