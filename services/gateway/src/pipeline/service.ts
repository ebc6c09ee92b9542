import { pipeline, QuartetError, type Settings, type Version } from '@quartet/contracts';
import { connect, type QuartetClient } from '@quartet/client';
import { service, type CallContext, type ServiceRegistration } from '@quartet/service-kit';
import { forwardable } from '../metadata';
import type { Admission } from '../proxy';
import type { Workloads } from '../workloads';
import { checkSteps } from './check';
import { checkNeighbours } from './signatures';
import { stepError } from './step-error';
import { runStep, type StepContext, type Value } from './steps';

export interface Pipelines {
  registration: ServiceRegistration;
  /** Closes its connection to the registry. */
  close(): void;
}

/** The service that runs several families' steps in one call. It decodes what passes through it, as the proxied services never do. */
export function pipelines(settings: Settings, workloads: Workloads, admit: Admission): Pipelines {
  // With the caller's token, which is forwarded, and none of its own.
  const registry = connect({ settings, address: settings.QUARTET_REGISTRY_ADDRESS, token: '' });
  const at = (signal: AbortSignal): StepContext['at'] => async (family, model, ask) => {
    const service = workloads.services.find(({ route }) => route.name === family)!;
    const workload = workloads.ofModel(model?.name ?? '', service);
    const leave = workload.enter();
    try {
      if (!workload.isReady) await workload.untilReady(0, signal);
      return await ask(workload.client);
    } finally {
      leave();
    }
  };
  const contextOf = (call: CallContext): StepContext => ({
    at: at(call.signal),
    metadata: forwardable(call.metadata),
    deadlineMs: call.deadline ? Math.max(1, call.deadline.getTime() - Date.now()) : Infinity,
    signal: call.signal,
  });
  return {
    registration: service(pipeline.PipelineServiceService, {
      validate: async (request, call) => {
        admit(call.metadata);
        return { modelVersions: await validate(request, registry, contextOf(call)) };
      },
      run: (request, call) => {
        admit(call.metadata);
        return run(request, () => contextOf(call));
      },
    }),
    close: () => registry.close(),
  };
}

async function run({ pipeline: given, input, includeIntermediate }: pipeline.RunRequest, contextOf: () => StepContext): Promise<pipeline.RunResponse> {
  const steps = checkSteps(given);
  if (!input) throw QuartetError.invalid('input', 'is not set; send `images` (PNG, JPEG or pixels), or `batch`, a tensor of them');
  const results: pipeline.StepResult[] = [];
  let value: Value = { kind: 'images', input };
  for (const [index, step] of steps.entries()) {
    const started = performance.now();
    try {
      const outcome = await runStep(step.call, value, contextOf());
      value = outcome.value;
      results.push({ name: step.name, modelVersion: outcome.modelVersion, milliseconds: performance.now() - started, output: outcome.output });
    } catch (error) {
      throw stepError(error, step, index);
    }
  }
  return { steps: includeIntermediate ? results : results.slice(-1) };
}

async function validate({ pipeline: given }: pipeline.ValidateRequest, registry: QuartetClient, { signal, metadata }: StepContext): Promise<bigint[]> {
  const steps = checkSteps(given);
  const found: Version[] = [];
  for (const [index, step] of steps.entries()) {
    try {
      const version = await registry.models.getVersion({ model: step.call.value.model }, { signal, metadata });
      const before = found.at(-1);
      if (before) checkNeighbours({ step: steps[index - 1]!, version: before }, { step, version });
      found.push(version);
    } catch (error) {
      throw stepError(error, step, index);
    }
  }
  return found.map(({ version }) => version);
}
