import type { ModelServiceService } from '@quartet/contracts';
import type { Implementation } from '@quartet/service-kit';
import type { BlobStore, Metadata } from '@quartet/store';
import { exportVersion } from './export-version';

export interface ModelServiceParts {
  blobs: BlobStore;
  metadata: Metadata;
}

export function modelService({ blobs, metadata: { models, traffic } }: ModelServiceParts): Implementation<typeof ModelServiceService> {
  return {
    listModels: async (request, { permits }) => {
      const page = await models.list(request);
      return { ...page, models: page.models.filter(({ name }) => permits(name)) };
    },
    getModel: ({ name }) => models.get(name),
    listVersions: (request) => models.listVersions(request),
    getVersion: ({ model }) => models.getVersion(model),
    promoteVersion: (request) => models.promote(request),
    setTraffic: (request) => traffic.set(request),
    getTraffic: ({ model }) => traffic.get(model),
    rollback: (request) => traffic.rollback(request),
    deleteLabel: async ({ model, label }) => {
      await models.deleteLabel(model, label);
      return {};
    },
    deleteVersion: async ({ model, version }) => {
      await models.deleteVersion(model, version);
      return {};
    },
    deleteModel: async ({ name, force }) => {
      await models.delete(name, force);
      return {};
    },
    exportVersion: async function* ({ model }) {
      yield* exportVersion(blobs, await models.getVersion(model));
    },
  };
}
