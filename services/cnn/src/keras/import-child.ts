/** The process that reads one Keras model and makes an artefact of it: whatever a file does to its reader, the service never notices. */
import { Lineage, lowerPriority, QuartetError } from '@quartet/contracts';
import { buildNetwork, startEngine, writeArtifact } from '@quartet/core';
import { finishedModel } from '@quartet/service-kit';
import { convert } from './convert';
import type { Imported, ImportReply, ImportTask } from './messages';
import { toPlain } from './messages';
import { openModel } from './open-model';

const MAX_NAME_LENGTH = 200;

const send = (reply: ImportReply): Promise<void> => new Promise((resolve) => process.send!(reply, undefined, {}, () => resolve()));

async function run({ path, file, classNames, pixels, folder, maxBytes }: ImportTask): Promise<Imported> {
  const name = file.fileName || 'the file';
  const model = await openModel(path, name, maxBytes);
  const converted = convert(model, name, pixels);
  const { spec, weights, notes } = converted;
  const names = namesOf(classNames, spec.classes);
  const imported = { ...file, producer: model.producer };
  startEngine();
  const network = buildNetwork(spec, 0);
  network.importWeights(weights);
  const lineage = Lineage.toJSON({ origin: { $case: 'imported', value: imported } });
  const manifest = await writeArtifact(folder, { network, family: 'cnn', classNames: names, metrics: {}, dataDigest: '', seed: 0, extra: { lineage, ...(notes.length > 0 && { notes }) } });
  return { finished: finishedModel(manifest), file: imported, pixels: converted.pixels, notes };
}

/** @throws QuartetError INVALID_FIELD unless there is a name of its own for each class */
function namesOf(given: readonly string[], classes: number): string[] {
  if (given.length === 0) return Array.from({ length: classes }, (_, index) => `${index}`);
  if (given.length !== classes) throw QuartetError.invalid('header.class_names', `are ${given.length}; the model has ${classes} classes. Give one name a class, in the order of its outputs, or none`);
  const twice = given.find((name, index) => given.indexOf(name) !== index);
  if (twice !== undefined) throw QuartetError.invalid('header.class_names', `has "${twice.slice(0, 80)}" twice; give each class a name of its own`);
  const bad = given.find((name) => name === '' || name.length > MAX_NAME_LENGTH);
  if (bad !== undefined) throw QuartetError.invalid('header.class_names', `has a name of ${bad.length} characters; expected 1 to ${MAX_NAME_LENGTH}`);
  return [...given];
}

process.once('disconnect', () => process.exit(1));
process.once('message', (task: ImportTask) => {
  lowerPriority(10);
  void run(task)
    .then((imported) => send({ imported }), (error: unknown) => send({ failure: toPlain(error) }))
    .finally(() => process.exit(0));
});
