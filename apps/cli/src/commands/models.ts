import type { Command } from 'commander';
import { pages, type Input, type QuartetClient } from '@quartet/client';
import { familyToJSON, Model, PromoteVersionResponse, Version, type ModelRef } from '@quartet/contracts';
import { modelRef, version as parseVersion } from '../arguments';
import { action, type Context } from '../context';
import { bytes, count, enumName, metric, time, UsageError, writeDocument, writeTable } from '../output';
import { exportTo } from '../models/export';
import { confusionTable, scoresTable } from '../plot/terminal';
import { evaluationOf } from '../training/evaluation';
import { metricLines, plotReport } from '../training/job-report';
import { historyOf } from '../training/watch-view';

const labels = (model: Model): string => model.labels.map(({ name, version }) => `${name}→${version}`).join(' ');

async function list({ client, out, json }: Context): Promise<void> {
  const models: Model[] = [];
  for await (const model of pages(client.models.listModels, {}, (page) => page.models)) models.push(model);
  if (json) return writeDocument(out, models.map((model) => Model.toJSON(model)));
  if (models.length === 0) return out.line('No models yet; `quartet train cnn --model NAME --data DATA` makes one.');
  const columns = [{ title: 'NAME' }, { title: 'FAMILY' }, { title: 'LATEST', align: 'right' as const }, { title: 'LABELS' }, { title: 'MADE' }];
  writeTable(out, columns, models.map((m) => [m.name, enumName(familyToJSON(m.family), 'FAMILY_'), m.latestVersion > 0n ? String(m.latestVersion) : '-', labels(m), time(m.createdAt)]));
}

async function versionsOf(client: QuartetClient, model: string): Promise<Version[]> {
  const versions: Version[] = [];
  for await (const version of pages(client.models.listVersions, { model }, (page) => page.versions)) versions.push(version);
  return versions;
}

/** The metric that tells most about a version. */
function headline({ metrics }: Version): string {
  const name = ['test/accuracy', 'validation/accuracy', 'accuracy', 'test/loss', 'validation/loss', 'loss'].find((key) => key in metrics);
  return name ? `${name} ${metric(name, metrics[name])}` : '';
}

async function showModel({ client, out, json }: Context, name: string): Promise<void> {
  const [model, versions] = await Promise.all([client.models.getModel({ name }), versionsOf(client, name)]);
  if (json) return writeDocument(out, { ...(Model.toJSON(model) as object), versions: versions.map((version) => Version.toJSON(version)) });
  out.line(`${out.paint('bold', model.name)}: ${enumName(familyToJSON(model.family), 'FAMILY_')}, labels ${labels(model) || 'none'}`);
  const columns = [{ title: 'VERSION', align: 'right' as const }, { title: 'LABELS' }, { title: 'DATA' }, { title: 'PARAMETERS', align: 'right' as const }, { title: 'METRIC' }, { title: 'MADE' }];
  writeTable(out, columns, versions.map((v) => [String(v.version), v.labels.join(' '), v.dataset, count(v.parameterCount), headline(v), time(v.createdAt)]));
}

/** Where a version comes from. */
function originOf({ lineage, dataset, datasetDigest, seed, jobId, createdAt }: Version): string {
  const origin = lineage?.origin;
  if (origin?.$case === 'imported') {
    const { fileName, producer, size, sha256 } = origin.value;
    return `imported from ${fileName || 'a file'} of ${bytes(Number(size))}${producer && ` by ${producer}`}, SHA-256 ${sha256}, made ${time(createdAt)}`;
  }
  const from = origin ? `, from the weights of ${origin.value.model}@${origin.value.version}` : '';
  return `trained on ${dataset} (digest ${datasetDigest.slice(0, 16)}) with seed ${seed}${from}, by job ${jobId}, made ${time(createdAt)}`;
}

async function showVersion({ client, out, json }: Context, ref: Input<ModelRef>, plotFile?: string): Promise<void> {
  const version = await client.models.getVersion({ model: ref });
  if (plotFile) await plotReport(plotFile, await historyOf(client, version.jobId), version);
  if (json) return writeDocument(out, Version.toJSON(version));
  out.line(`${out.paint('bold', `${version.model} version ${version.version}`)}${version.labels.length > 0 ? `, labels ${version.labels.join(' ')}` : ''}`);
  out.line(originOf(version));
  out.line(`${count(version.parameterCount)} parameters, weights SHA-256 ${version.weightsSha256}`);
  for (const { name, dtype, shape } of [...version.inputs, ...version.outputs]) out.line(`  ${name}: ${dtype} [${shape.join(', ')}]`);
  for (const line of metricLines(version)) out.line(line);
  for (const { path, blob } of version.files) out.line(`  ${path}  ${bytes(Number(blob?.size ?? 0n))}`);
  const evaluation = evaluationOf(version);
  if (evaluation && evaluation.classNames.length <= 20) {
    out.line();
    for (const line of confusionTable(out, evaluation.classNames, evaluation.confusionMatrix)) out.line(line);
    out.line();
    for (const line of scoresTable(out, evaluation.classNames, evaluation.confusionMatrix)) out.line(line);
  }
  if (plotFile) out.line(`curves and confusion matrix: ${plotFile}`);
}

async function show(context: Context, ref: Input<ModelRef>, options: { plot?: string }): Promise<void> {
  if (ref.target) return showVersion(context, ref, options.plot);
  if (options.plot) throw new UsageError(`--plot shows one version: give ${ref.name}@VERSION or ${ref.name}@LABEL`);
  return showModel(context, ref.name ?? '');
}

async function exportVersion({ client, out, json }: Context, ref: Input<ModelRef>, options: { to?: string }): Promise<void> {
  const version = await client.models.getVersion({ model: ref });
  const folder = options.to ?? `${version.model}-${version.version}`;
  const files = await exportTo(client, version, folder);
  if (json) return writeDocument(out, { model: version.model, version: Number(version.version), folder, files });
  for (const { path, size } of files) out.line(`${folder}/${path}  ${bytes(size)}`);
  out.line(`${version.model} version ${version.version} is in ${folder}; TensorFlow loads ${folder}/saved_model.`);
}

async function remove({ client, out, json }: Context, name: string, version: bigint | undefined, options: { force?: boolean }): Promise<void> {
  if (version === undefined) await client.models.deleteModel({ name, force: options.force });
  else await client.models.deleteVersion({ model: name, version });
  if (json) writeDocument(out, { deleted: name, version });
  else out.line(version === undefined ? `Model ${name} is deleted, with all its versions.` : `Version ${version} of ${name} is deleted.`);
}

async function unlabel({ client, out, json }: Context, model: string, label: string): Promise<void> {
  await client.models.deleteLabel({ model, label });
  if (json) writeDocument(out, { model, deletedLabel: label });
  else out.line(`${model} has no label ${label} any more.`);
}

async function promote({ client, out, json }: Context, model: string, version: bigint, options: { label: string }): Promise<void> {
  const response = await client.models.promoteVersion({ model, version, label: options.label });
  if (json) return writeDocument(out, PromoteVersionResponse.toJSON(response));
  const before = response.previousVersion > 0n ? ` (before: version ${response.previousVersion})` : '';
  out.line(`${out.paint('green', '✓')} ${options.label} of ${model} is now version ${version}${before}.`);
}

export function addModelCommands(program: Command): void {
  const models = program.command('models').description('models and their versions');
  models.command('list').description('list the models').action(action(list));
  models.command('show').description('show a model, or one of its versions (MODEL@VERSION, MODEL@LABEL)').argument('<model>', '', modelRef).option('--plot <file.png>', 'draw the curves and the confusion matrix of the version').action(action(show));
  models.command('export').description('write a version\'s files: manifest.json, weights.safetensors, saved_model/').argument('<model>', 'MODEL (production), MODEL@VERSION or MODEL@LABEL', modelRef).option('--to <folder>', 'new folder (default: MODEL-VERSION)').action(action(exportVersion));
  models.command('delete').description('delete a model, or one version of it').argument('<model>').argument('[version]', '', parseVersion).option('--force', 'delete the model even though labels point at it').action(action(remove));
  models.command('unlabel').description('remove a label').argument('<model>').argument('<label>').action(action(unlabel));
  program.command('promote').description('point a label at a version: it answers from now on').argument('<model>').argument('<version>', '', parseVersion).option('--label <label>', 'the label', 'production').action(action(promote));
}
