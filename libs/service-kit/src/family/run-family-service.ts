import type { Settings } from '@quartet/contracts';
import { connect } from '@quartet/client';
import { openBlobStore } from '@quartet/store';
import { runMain } from '../lifecycle/main';
import type { Logger } from '../logging/logger';
import { hostOf } from '../oip/host';
import { openInferenceService } from '../oip/service';
import { refuseUnsupported } from '../oip/unsupported';
import { checkOwnToken } from '../security/exposure';
import { startServer, type RunningServer } from '../server/start-server';
import { currentTraceparent } from '../telemetry/trace';
import type { ArchitectureFamily, CallScope, FamilyRuntime } from './architecture-family';
import { prepareEngines } from './engine/threads';
import { importVersion, withFolder } from './import-version';
import { isQueued } from './serving/queued-methods';
import { Serving } from './serving/serving';
import { watched } from './traffic/watched-calls';
import { JobClaimer } from './training/claimer';

/** The main of a family's process: serves its models and trains them. Returns at once; the process lives on. */
export function runFamilyService(family: ArchitectureFamily): void {
  runMain(family.name, (settings, log) => startFamilyService(family, settings, log));
}

/**
 * Starts a family's service. Neither the registry nor the blob store need to be up: the service comes up without them,
 * serves what it has, and finds them when they come.
 */
export async function startFamilyService(family: ArchitectureFamily, settings: Settings, log: Logger): Promise<RunningServer> {
  checkOwnToken(settings);
  // The workers' TensorFlow reads the process's environment, which must be complete before the first of them starts.
  const trainingEnvironment = prepareEngines(settings, family.engine);
  const registry = connect({ settings, address: settings.QUARTET_REGISTRY_ADDRESS, token: settings.QUARTET_SERVICE_TOKEN });
  const blobs = await openBlobStore(settings.QUARTET_BLOB_URL);
  let refreshHealth = () => {};
  const serving = new Serving({ family, settings, registry, blobs, log, onChange: () => refreshHealth() });
  const claimer = new JobClaimer({ family, settings, registry, trainingEnvironment, log });
  const runtime: FamilyRuntime = {
    settings,
    log,
    registry,
    resolve: (ref, call) => serving.resolve(ref, call),
    infer: (version, method, inputs, call) => serving.infer(version, method, inputs, call),
    dataset: (name, { signal }) => registry.datasets.getDataset({ name }, { signal }),
    createJob: ({ model, dataset, spec, idempotencyKey }, call) =>
      registry.worker.createJob(
        { family: family.family, model, dataset, specJson: JSON.stringify(spec), idempotencyKey, traceparent: traceparentOf(call) },
        { signal: call.signal },
      ),
    withFolder: (work) => withFolder(family, settings, work),
    importVersion: (imported, call) => importVersion(imported, family, registry, blobs, call),
  };
  const server = await startServer({
    name: family.name,
    services: watched([...family.services(runtime), openInferenceService(hostOf(family, runtime, serving))], serving.traffic),
    extend: (grpcServer) => {
      refuseUnsupported(grpcServer);
      return [];
    },
    gate: (path) => (isQueued(path) ? serving.full() : undefined),
    settings,
    port: family.port(settings),
    log,
    ready: false,
    onDrain: async () => {
      await claimer.drain();
      log.info('training jobs given back');
    },
  });
  refreshHealth = healthOf(family, serving, server);
  await Promise.all([serving.start(), claimer.start()]);
  refreshHealth();
  return server;
}

const traceparentOf = (call: CallScope): string => currentTraceparent() ?? call.traceparent ?? '';

/** Health by the family's own rule for its services and the process, and by model for each that has a label. */
function healthOf(family: ArchitectureFamily, serving: Serving, server: RunningServer): () => void {
  let models = new Map<string, boolean>();
  return () => {
    const up = family.isServing(serving.signals) && serving.isWarm;
    for (const name of ['', ...server.serviceNames]) server.setServing(name, up);
    const before = models;
    models = serving.models;
    for (const [name, ready] of models) server.setServing(name, up && ready);
    for (const name of before.keys()) if (!models.has(name)) server.health.remove(name);
  };
}
