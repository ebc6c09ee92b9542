import type { Family } from '../generated/quartet/common/v1/model_ref_pb';
import type { Dataset } from '../generated/quartet/dataset/v1/dataset_pb';
import type { Model } from '../generated/quartet/model/v1/model_pb';
import { api } from './clients';

async function allPages<P extends { nextPageToken: string }, T>(ask: (pageToken: string) => Promise<P>, take: (page: P) => T[]): Promise<T[]> {
  const all: T[] = [];
  let pageToken = '';
  do {
    const page = await ask(pageToken);
    all.push(...take(page));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return all;
}

export const allModels = (signal: AbortSignal, family?: Family): Promise<Model[]> => allPages((pageToken) => api.models.listModels({ family, pageToken }, { signal }), ({ models }) => models);

export const allDatasets = (signal: AbortSignal): Promise<Dataset[]> => allPages((pageToken) => api.datasets.listDatasets({ pageToken }, { signal }), ({ datasets }) => datasets);
