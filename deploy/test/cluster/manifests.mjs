// The overlays as the API gets them.
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
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

/**
 * An overlay as a user changes it: a copy of its kustomization in a folder of its own.
 * @param change of the kustomization's text; `files` to lie beside it, by name.
 */
export async function renderChanged(name, { change, files = {} }) {
  const folder = mkdtempSync(join(tmpdir(), 'quartet-overlay-'));
  try {
    const text = readFileSync(inRoot('deploy', 'overlays', name, 'kustomization.yaml'), 'utf8');
    const changed = change(text);
    if (changed === text) throw new Error('the overlay is not changed');
    writeFileSync(join(folder, 'kustomization.yaml'), changed.replaceAll('../../', `${relative(realpathSync(folder), inRoot('deploy'))}/`));
    for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
    return await renderFolder(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
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
