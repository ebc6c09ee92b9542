import { QuartetError, type Version } from '@quartet/contracts';
import type { CallScope, FamilyRuntime, InferenceSignature, InferenceTensors, OpenInference } from '@quartet/service-kit';
import { anyManifest, type Plan } from '../manifest';
import { classifying } from './classifying';
import { forecasting } from './forecasting';
import { translating } from './translating';

/** How the models of one task are called: by way of the typed call, whose request and answer they are turned into. */
export interface OpenTask<P extends Plan> {
  signature(plan: P, classNames: readonly string[]): InferenceSignature;
  infer(runtime: FamilyRuntime, version: Version, plan: P, inputs: InferenceTensors, call: CallScope): Promise<InferenceTensors>;
}

const TASKS: { [T in Plan['task']]?: OpenTask<Extract<Plan, { task: T }>> } = { forecast: forecasting, classify: classifying, translate: translating };

/** The typed calls of the other tasks. */
const CALLS: Partial<Record<Plan['task'], string>> = { tag: 'Tag', generate: 'Generate', transcribe: 'Transcribe', caption: 'Caption' };

function taskOf(version: Version): { task: OpenTask<Plan>; plan: Plan; classNames: readonly string[] } {
  const { spec: plan, classNames } = anyManifest(version);
  const task: OpenTask<Plan> | undefined = TASKS[plan.task];
  if (task) return { task, plan, classNames };
  throw new QuartetError('WRONG_STATE', `the answers of model '${version.model}' version ${version.version} aren't tensors: the Open Inference Protocol has no call for it; call quartet.rnn.v1.RnnService/${CALLS[plan.task]}`, {
    metadata: { model: version.model, task: plan.task },
  });
}

/** Forecasters, classifiers and translators. */
export const openInference = (runtime: FamilyRuntime): OpenInference => ({
  signature(version) {
    const { task, plan, classNames } = taskOf(version);
    return task.signature(plan, classNames);
  },
  infer(version, inputs, _wanted, call) {
    const { task, plan } = taskOf(version);
    return task.infer(runtime, version, plan, inputs, call);
  },
});
