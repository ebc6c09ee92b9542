import { QuartetError, type inference, type Model, type Version } from '@quartet/contracts';
import type { CallScope } from '../family/architecture-family';
import { DEFAULT_LABEL } from '../family/serving/label-table';
import type { CallContext } from '../server/handlers';
import type { Host } from './host';

/** Models in one answer of the registry. */
const PAGE = 500;

/** All of the family's models that are served here: each version in memory, and of the others the newest. */
export async function repositoryIndex(host: Host, { ready, repositoryName }: inference.RepositoryIndexRequest, call: CallScope & Pick<CallContext, 'permits'>): Promise<inference.RepositoryIndexResponse> {
  if (repositoryName !== '') throw QuartetError.invalid('repository_name', `is '${repositoryName}', but there is one repository, which has no name; leave it empty`);
  const held = host.serving.held.map(({ version, ready: own }) => ({
    name: version.model,
    version: `${version.version}`,
    state: own ? 'READY' : 'LOADING',
    reason: '',
  }));
  const names = new Set(held.map(({ name }) => name));
  const others = ready ? [] : (await knownModels(host, call)).filter(({ name }) => !names.has(name) && host.serving.serves(name)).map(notHeld);
  const models = [...held, ...others].filter(({ name, state }) => (!ready || state === 'READY') && call.permits(name));
  return { models: models.sort((a, b) => (a.name === b.name ? Number(a.version) - Number(b.version) : a.name < b.name ? -1 : 1)) };
}

/** @returns Nothing while the registry is away: what is held goes on being served. */
async function knownModels({ family: { family }, runtime: { registry } }: Host, { signal }: CallScope): Promise<Model[]> {
  const models: Model[] = [];
  try {
    for (let pageToken = ''; ; ) {
      const page = await registry.models.listModels({ family, pageSize: PAGE, pageToken }, { signal });
      models.push(...page.models);
      if (!(pageToken = page.nextPageToken)) return models;
    }
  } catch (error) {
    if (QuartetError.is(error) && error.reason === 'UNAVAILABLE') return models;
    throw error;
  }
}

function notHeld({ name, latestVersion, labels }: Model): inference.RepositoryIndexResponse_ModelIndex {
  const why = labels.length > 0 ? 'not loaded yet' : 'no label points at a version; it is loaded when a request names the version, or by RepositoryModelLoad';
  return { name, version: latestVersion > 0n ? `${latestVersion}` : '', state: 'UNAVAILABLE', reason: latestVersion > 0n ? why : 'it has no version yet' };
}

type LoadRequest = Pick<inference.RepositoryModelLoadRequest, 'repositoryName' | 'modelName' | 'parameters'>;

/** The model's name, which KServe's clients send where Triton's have the repository's. */
function nameOf({ repositoryName, modelName, parameters }: LoadRequest, known: readonly string[]): string {
  const unknown = Object.keys(parameters).find((name) => !known.includes(name));
  if (unknown !== undefined) throw QuartetError.invalid(`parameters.${unknown}`, 'is not known here; a version is served as it was trained, with no configuration or files of a request');
  if (modelName !== '' && repositoryName !== '') throw QuartetError.invalid('repository_name', `is '${repositoryName}', but there is one repository, which has no name; leave it empty`);
  const name = modelName || repositoryName;
  if (name === '') throw QuartetError.invalid('model_name', 'is empty; name the model, as RepositoryIndex lists them');
  return name;
}

/** Brings the version of the label production, else the newest, into memory. */
export async function loadModel({ runtime, serving }: Host, request: LoadRequest, call: CallScope): Promise<inference.RepositoryModelLoadResponse> {
  const modelName = nameOf(request, []);
  await serving.load(await servedOrNewest(runtime, modelName, call));
  return { modelName, isLoaded: true };
}

async function servedOrNewest(runtime: Host['runtime'], name: string, call: CallScope): Promise<Version> {
  try {
    return await runtime.resolve({ name, target: undefined }, call);
  } catch (error) {
    if (!QuartetError.is(error) || error.reason !== 'LABEL_NOT_FOUND') throw error;
    const { latestVersion } = await runtime.registry.models.getModel({ name }, { signal: call.signal });
    if (latestVersion === 0n) throw error;
    return runtime.resolve({ name, target: { $case: 'version', value: latestVersion } }, call);
  }
}

/** Lets go of a model's versions. What has a label is served for as long as it has it. */
export async function unloadModel({ runtime, serving }: Host, request: LoadRequest, call: CallScope): Promise<inference.RepositoryModelUnloadResponse> {
  const modelName = nameOf(request, ['unload_dependents']);
  const labelled = serving.held.find(({ version, labelled: own }) => own && version.model === modelName);
  if (labelled) {
    const { version, labels } = labelled.version;
    const names = labels.map((label) => `'${label}'`).join(', ') || `'${DEFAULT_LABEL}'`;
    throw new QuartetError('WRONG_STATE', `version ${version} of model '${modelName}' is served because of its label ${names}; delete the label with quartet.model.v1.ModelService/DeleteLabel`, { metadata: { model: modelName } });
  }
  if (!serving.held.some(({ version }) => version.model === modelName)) await runtime.registry.models.getModel({ name: modelName }, { signal: call.signal });
  serving.release(modelName);
  return { modelName, isUnloaded: true };
}
