import { Family } from '../generated/quartet/common/v1/model_ref_pb';
import type { Model, Version } from '../generated/quartet/model/v1/model_pb';
import { specOf } from '../parts/model-picker';
import { api } from './clients';
import { allModels } from './lists';
import { useLive, type Live } from './use-live';

/** What a recurrent model does: the `task` of its manifest. */
export type RnnTask = 'forecast' | 'classify' | 'tag' | 'generate' | 'translate' | 'transcribe' | 'caption';

export const taskOf = (version: Version): string => specOf<{ task: string }>(version).task ?? '';

const LOOK_MS = 10_000;
/** By model and version: a version never changes. */
const known = new Map<string, Promise<string>>();

/** The task of the version that a page would choose. */
async function taskOfModel({ name, createdAt, labels, latestVersion }: Model): Promise<string> {
  const version = labels.find((label) => label.name === 'production')?.version ?? latestVersion;
  // A model that was deleted and made anew counts from 1 again.
  const key = `${name}@${version}@${createdAt?.seconds}.${createdAt?.nanos}`;
  let task = known.get(key);
  if (!task) {
    task = api.models.getVersion({ model: { name, target: { case: 'version', value: version } } }).then(taskOf);
    task.catch(() => known.delete(key));
    known.set(key, task);
  }
  return task;
}

/** The recurrent models, each with its task, looked at again now and then. */
export function useRnnTasks(): Live<{ name: string; task: string }[]> {
  return useLive(
    async (signal) => {
      const models = (await allModels(signal, Family.RNN)).filter(({ latestVersion }) => latestVersion > 0n);
      return Promise.all(models.map(async (model) => ({ name: model.name, task: await taskOfModel(model) })));
    },
    [],
    LOOK_MS,
  );
}
