// The overlays as the API gets them.
import { parseAllDocuments } from 'yaml';
import { inRoot } from '../../../tools/setup/paths.mjs';
import { runQuietly } from '../../../tools/setup/command.mjs';
import { createReport } from '../../../tools/setup/report.mjs';
import { buildRenderer } from '../control-plane/build.mjs';

export const OVERLAYS = ['cpu', 'gpu', 'gpu-mig', 'gpu-shared', 'dra', 'production'];
export const FAMILIES = ['cnn', 'rnn', 'gan', 'autoencoder'];

export const parse = (yaml) => parseAllDocuments(yaml).map((document) => document.toJS()).filter(Boolean);

/** The objects of deploy/overlays/<name>. */
export const render = (name) => renderFolder(inRoot('deploy', 'overlays', name));

/** The objects of any folder with a kustomization. */
export async function renderFolder(folder) {
  const [command, ...args] = await buildRenderer(createReport());
  return parse(await runQuietly(command, [...args, folder]));
}

/** A copy in which `change` has changed the objects that `where` picks. @throws when there is none: the change would do nothing. */
export function changed(objects, where, change) {
  const copy = structuredClone(objects);
  const picked = copy.filter(where);
  if (picked.length === 0) throw new Error('no object is changed');
  for (const object of picked) change(object);
  return copy;
}

export const isServing = (object) => object.kind === 'Deployment' && object.metadata.labels['quartet/role'] === 'serve';
export const isTraining = (object) => object.kind === 'CronJob' && object.metadata.labels['quartet/role'] === 'train';
/** The pod's template in a Deployment or a CronJob. */
export const podOf = (object) => (object.spec.jobTemplate?.spec ?? object.spec).template;
