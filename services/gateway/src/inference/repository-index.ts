import { inference, type Family, type ListModelsRequest } from '@quartet/contracts';
import { pages, type Input, type QuartetClient } from '@quartet/client';
import type { CallContext } from '@quartet/service-kit';
import type { Workloads } from '../workloads';
import { asCaller } from './as-caller';
import { askAll } from './ask-all';

type ModelIndex = inference.RepositoryIndexResponse_ModelIndex;

/**
 * What all families' services and the pods of single models have, by name; of a service that doesn't answer, what the registry knows of
 * its models.
 */
export async function repositoryIndex(
  workloads: Workloads,
  registry: QuartetClient,
  request: inference.RepositoryIndexRequest,
  call: Pick<CallContext, 'deadline' | 'log' | 'metadata'>,
): Promise<inference.RepositoryIndexResponse> {
  const models = await askAll(workloads, inference.GRPCInferenceServiceService.repositoryIndex, request, call, (index) => index.models, ({ route, model, upstream }, error) => {
    if (isRefusal(error)) throw error;
    call.log.warn({ service: upstream.title, reason: (error as Error).message }, 'no index of a service');
    if (request.ready) return undefined;
    // Its family knows of it, and calls may go there.
    return model === undefined ? unreachable(registry, route.family!, upstream.title, call) : undefined;
  });
  return { models: models.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)) };
}

const INVALID_ARGUMENT = 3;

/** What the caller has to mend. */
const isRefusal = (error: unknown): boolean => (error as { code?: unknown }).code === INVALID_ARGUMENT;

async function unreachable(registry: QuartetClient, family: Family, title: string, { log, metadata }: Pick<CallContext, 'log' | 'metadata'>): Promise<ModelIndex[]> {
  const models: ModelIndex[] = [];
  try {
    for await (const { name, latestVersion } of pages((page: Input<ListModelsRequest>) => registry.models.listModels(page, { metadata: asCaller(metadata) }), { family }, (page) => page.models)) {
      models.push({ name, version: latestVersion > 0n ? `${latestVersion}` : '', state: 'UNAVAILABLE', reason: `the ${title} isn't reachable` });
    }
  } catch (error) {
    log.warn({ reason: (error as Error).message }, 'no models from the registry');
  }
  return models;
}
