import { join } from 'node:path';
import {
  BackupServiceService, DatasetServiceService, ModelServiceService, TrainingServiceService, WorkerServiceService, type Settings,
} from '@quartet/contracts';
import { observeJobs, service, startServer, type Logger, type RunningServer } from '@quartet/service-kit';
import { openBlobStore, openMetadata } from '@quartet/store';
import { backupService } from './backup/backup-service';
import { datasetService } from './datasets/dataset-service';
import { Ingestion } from './datasets/ingestion';
import { Staging } from './datasets/staging';
import { modelService } from './models/model-service';
import { trainingService } from './training/training-service';
import { workerService } from './training/worker-service';

export interface RegistryOptions {
  settings: Settings;
  log: Logger;
}

export interface Registry {
  server: RunningServer;
  /** Drains, then closes the database: nothing that was answered is lost. */
  close(): Promise<void>;
}

/** Starts the control plane: data sets, models, versions, labels and jobs behind one gRPC server. */
export async function startRegistry({ settings, log }: RegistryOptions): Promise<Registry> {
  const blobs = await openBlobStore(settings.QUARTET_BLOB_URL);
  const metadata = await openMetadata({ settings, blobs, onError: (err) => log.error({ err }, 'background work failed; it will be tried again') });
  try {
    const staging = await Staging.open(join(settings.QUARTET_HOME, 'registry', 'staging'));
    const ingestion = new Ingestion({ settings, blobs, metadata, staging, log });
    const server = await startServer({
      name: 'registry',
      settings,
      log,
      handleSignals: false,
      services: [
        service(DatasetServiceService, datasetService({ settings, blobs, metadata, ingestion })),
        service(ModelServiceService, modelService({ blobs, metadata })),
        service(TrainingServiceService, trainingService(metadata)),
        service(BackupServiceService, backupService({ blobs, metadata, staging })),
        service(WorkerServiceService, workerService(metadata)),
      ],
    });
    const unobserve = observeJobs(() => metadata.jobs.counts());
    const close = async (): Promise<void> => {
      await server.drain();
      unobserve();
      await ingestion.close();
      await metadata.close();
      await blobs.close();
    };
    return { server, close };
  } catch (error) {
    await metadata.close();
    throw error;
  }
}
