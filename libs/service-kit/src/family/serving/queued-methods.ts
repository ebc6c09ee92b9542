import { autoencoder, inference, modelNamePath, ruleOf } from '@quartet/contracts';

const BY_THE_PROTOCOL = inference.GRPCInferenceServiceService.modelInfer.path;

/** What is known of a version without running it. */
const WITHOUT_A_RUN: ReadonlySet<string> = new Set([autoencoder.AutoencoderServiceService.report.path]);

/** Whether the calls of a method wait for the engine: those that use a model, and don't make one. */
export const isQueued = (path: string): boolean =>
  path === BY_THE_PROTOCOL || (ruleOf(path).role === 'infer' && modelNamePath(path) !== undefined && !WITHOUT_A_RUN.has(path));
