import { externalscaler, QuartetError, type Settings } from '@quartet/contracts';
import { service, startServer, type Logger, type RunningServer, type ServiceRegistration } from '@quartet/service-kit';
import type { Workload } from '../workload';
import type { Workloads } from '../workloads';
import { changes, type Activity } from './changes';
import type { Demand } from './demand';
import { Peers } from './peers';
import { readTrigger, type Trigger } from './trigger';

/** Requests of a workload that wait or are under way, at all gateways. */
const METRIC = 'quartet_requests';

/**
 * KEDA's external scaler on QUARTET_SCALER_PORT: which families and models have calls, and how many. KEDA has no token of Quartet's;
 * where there is TLS it shows a certificate, whatever callers of the gateway must show.
 * @returns undefined if the port is 0
 * @throws as startServer does
 */
export async function startScaler(workloads: Workloads, settings: Settings, log: Logger): Promise<RunningServer | undefined> {
  if (settings.QUARTET_SCALER_PORT === 0) return undefined;
  const secured = settings.QUARTET_TLS_CERT !== '' && settings.QUARTET_TLS_CA !== 'system';
  const own: Settings = { ...settings, QUARTET_AUTH_TOKENS: '', QUARTET_AUTH_JWKS: '', QUARTET_HEALTH_PORT: 0, QUARTET_TLS_CLIENT_AUTH: secured ? 'require' : 'none' };
  const peers = new Peers(settings, log, settings.QUARTET_SCALER_PORT);
  try {
    return await startServer({ name: 'scaler', services: [scaler(workloads, peers)], settings: own, log, handleSignals: false, onClose: () => peers.close() });
  } catch (error) {
    peers.close();
    throw error;
  }
}

/** @param peers the other gateways */
export function scaler(workloads: Workloads, peers: Peers): ServiceRegistration {
  /** @throws QuartetError INVALID_FIELD, MODEL_NOT_FOUND */
  const find = (ref: externalscaler.ScaledObjectRef | undefined): { trigger: Trigger; demand: Demand; ref: externalscaler.ScaledObjectRef } => {
    const trigger = readTrigger(ref);
    return { trigger, demand: workloadOf(workloads, trigger).demand, ref: ref! };
  };
  return service(externalscaler.ExternalScalerService, {
    isActive: async (given) => {
      const { trigger, demand, ref } = find(given);
      return { result: demand.isActive() || (!trigger.ofThisGateway && (await peers.someActive(ref))) };
    },
    async *streamIsActive(given, { signal, draining }) {
      const { trigger, demand, ref } = find(given);
      const others = trigger.ofThisGateway ? undefined : peers.follow(ref);
      try {
        for await (const result of changes(others ? either(demand, others) : demand, AbortSignal.any([signal, draining]))) yield { result };
      } finally {
        others?.close();
      }
    },
    getMetricSpec: async (given) => {
      const { requestsPerPod } = find(given).trigger;
      return { metricSpecs: [{ metricName: METRIC, targetSize: BigInt(Math.ceil(requestsPerPod)), targetSizeFloat: requestsPerPod }] };
    },
    getMetrics: async ({ scaledObjectRef, metricName }) => {
      const { trigger, demand, ref } = find(scaledObjectRef);
      const requests = demand.requests + (trigger.ofThisGateway ? 0 : await peers.requests(ref, metricName));
      return { metricValues: [{ metricName: METRIC, metricValue: BigInt(requests), metricValueFloat: requests }] };
    },
  });
}

function workloadOf(workloads: Workloads, { family, model }: Trigger): Workload {
  const families = workloads.services.filter(({ route }) => route.family !== undefined);
  const service = families.find(({ route }) => route.name === family);
  if (!service) throw QuartetError.invalid('metadata.family', `is "${family}"; expected one of ${families.map(({ route }) => route.name).join(', ')}.`);
  if (model === undefined) return service;
  const own = workloads.models.find((workload) => workload.model === model && workload.route === service.route);
  if (own) return own;
  throw new QuartetError('MODEL_NOT_FOUND', `model '${model}' of ${family} has no pods of its own that this gateway knows of. Check the file of QUARTET_MODEL_PODS, which \`quartet deploy render\` writes.`, { metadata: { model } });
}

const either = (a: Activity, b: Activity): Activity => ({
  isActive: () => a.isActive() || b.isActive(),
  staysFor: () => Math.min(a.staysFor(), b.staysFor()),
  follow: (listener) => {
    const ends = [a.follow(listener), b.follow(listener)];
    return () => ends.forEach((end) => end());
  },
});
