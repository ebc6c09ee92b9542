// Who takes part, and how each is started.
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { node24 } from '../../tools/setup/paths.mjs';
import { Contender } from './contender.mjs';

export const cores = availableParallelism();

const script = (name) => fileURLToPath(new URL(`contenders/${name}`, import.meta.url));
/** The comparison is of CPUs, on a machine with a GPU too. */
const CPU_ONLY = { CUDA_VISIBLE_DEVICES: '-1', TF_CPP_MIN_LOG_LEVEL: '2' };

const KINDS = {
  /** As a training process runs. */
  quartet: { title: 'Quartet', node: true, env: ({ engine }) => createRequire(import.meta.url)('../../libs/core').engineEnvironment(engine) },
  /** The same with products in bfloat16: see `precision` in docs/training.md. It's no comparison of like with like, so no ratio is made of it. */
  quartetBfloat16: {
    title: 'Quartet bfloat16', node: true, script: 'quartet', options: { precision: 'bfloat16' },
    env: () => createRequire(import.meta.url)('../../libs/core').engineEnvironment(),
  },
  tfjs: { title: 'tfjs eager', node: true },
  keras: { title: 'Keras `fit`', script: 'keras', env: () => ({ KERAS_BACKEND: 'tensorflow' }) },
  torch: { title: 'PyTorch', script: 'torch' },
  torchChannelsLast: { title: 'PyTorch channels_last', script: 'torch', options: { channelsLast: true } },
};

export const contenderNames = Object.keys(KINDS);
export const titleOf = (name) => KINDS[name].title;

/** Those that take part in a model's comparison, in the order of the tables. */
export const contendersFor = (model, names) =>
  names.filter((name) => (name !== 'torchChannelsLast' || model.channelsLast) && (name !== 'quartetBfloat16' || model.bfloat16));

/** Those whose figures stand beside the others' without a ratio. */
export const isExtra = (name) => name === 'torchChannelsLast' || name === 'quartetBfloat16';
/** Those that answer requests as another one does. */
export const infers = (name) => name !== 'quartetBfloat16';

export function startContender(name, model, python) {
  const { title, node, options, env = () => ({}), ...kind } = KINDS[name];
  const [command, args] = node ? [node24, [script('serve.mjs'), kind.script ?? name]] : [python, [script('serve.py'), kind.script]];
  return new Contender({ name, title, command, args, options, env: { ...CPU_ONLY, ...env(model) } });
}
