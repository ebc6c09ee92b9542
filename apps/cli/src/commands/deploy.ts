import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parseAllDocuments, stringify } from 'yaml';
import { action, type Context } from '../context';
import { readModelDeployment, type ModelDeployment } from '../deploy/model-deployment';
import { renderModels } from '../deploy/render';
import { AdviceError, writeDocument } from '../output';

function read(file: string): ModelDeployment[] {
  const documents = parseAllDocuments(text(file)).filter((document) => document.contents !== null);
  if (documents.length === 0) throw new AdviceError(`${file} holds no document`, 'deploy/examples/ holds a ModelDeployment');
  return documents.map((document, at) => {
    const [error] = document.errors;
    if (error) throw new AdviceError(`${file} is no YAML: ${error.message}`, 'mend the file at that line');
    return readModelDeployment(document.toJS(), documents.length > 1 ? `document ${at + 1} of ${file}` : file);
  });
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AdviceError(`${file} can't be read: ${(cause as Error).message}`, 'give files of ModelDeployment documents');
  }
}

async function render({ out, json }: Context, files: string[]): Promise<void> {
  const models = files.flatMap(read);
  const names = models.map(({ metadata, spec }) => `${spec.family}-${metadata.name}`);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice) throw new AdviceError(`${twice} is there twice`, 'a model has one ModelDeployment');
  const objects = renderModels(models);
  if (json) return writeDocument(out, { apiVersion: 'v1', kind: 'List', items: objects });
  out.line(objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n').trimEnd());
}

export function addDeployCommands(program: Command): void {
  const deploy = program.command('deploy').description('models on Kubernetes');
  deploy.command('render').description('write the manifests that give models pods of their own').argument('<files...>', 'ModelDeployment documents, those of all such models').action(action(render));
}
