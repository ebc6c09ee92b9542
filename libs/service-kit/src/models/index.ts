export type { ModelPods } from './model-pods';
export { ModelPodsFile, type ModelPodsFileOptions } from './model-pods-file';
