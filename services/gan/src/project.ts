import type { gan } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import { toProtoTensor, Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { readExamples } from './inputs';
import { latentOf } from './latents';
import { manifestOf } from './model-info';

const DEFAULT_STEPS = 150;
/** Examples of one request: each is a search of its own. */
const MOST_EXAMPLES = 16;
/** Latents of which the best one is where the search starts. */
const CANDIDATES = 64;

/** The latent vectors whose examples are nearest to the given ones, by gradient descent from the best of some random ones. */
export async function project(runtime: FamilyRuntime, request: gan.ProjectRequest, call: CallScope): Promise<gan.ProjectResponse> {
  const steps = request.steps || DEFAULT_STEPS;
  const violations = new Violations();
  violations.integer('steps', steps, 1, 1000);
  violations.throwIfAny();
  const version = await runtime.resolve(request.model, call);
  const { latentSize } = manifestOf(version).spec;
  const inputs = await readExamples(version, request.input, request.className, Math.min(MOST_EXAMPLES, runtime.settings.QUARTET_MAX_BATCH));
  const count = inputs.x.shape[0] ?? 0;
  const starts = new Float32Array(CANDIDATES * latentSize);
  for (let at = 0; at < CANDIDATES; at += 1) starts.set(latentOf(request.seed, at, latentSize), at * latentSize);
  const each = (data: Float32Array): Float32Array => Float32Array.from({ length: count * data.length }, (_, at) => data[at % data.length]!);
  const z0: HostTensor = { dtype: 'float32', shape: [count, CANDIDATES, latentSize], data: each(starts) };
  const stepsOf: HostTensor = { dtype: 'int32', shape: [count], data: new Int32Array(count).fill(steps) };
  const { z, x, error } = await runtime.infer(version, 'project', { ...inputs, z0, steps: stepsOf }, call);
  return { latents: toProtoTensor(z!), examples: toProtoTensor(x!), errors: Array.from(error!.data), modelVersion: version.version };
}
