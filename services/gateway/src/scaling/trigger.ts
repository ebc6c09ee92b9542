import { QuartetError, type externalscaler } from '@quartet/contracts';

/** What a ScaledObject's trigger says. */
export interface Trigger {
  /** As the service is called: `cnn`. */
  family: string;
  /** Set: its own pods are scaled. */
  model: string | undefined;
  /** Requests that wait or are under way, for each pod. */
  requestsPerPod: number;
  /** Asked by another gateway, of this one alone. */
  ofThisGateway: boolean;
}

/** Key of the metadata, among those of the trigger, by which a gateway asks another. */
const SCOPE = 'quartetScope';
const OWN = 'gateway';
const DEFAULT_REQUESTS = 4;

type Metadata = externalscaler.ScaledObjectRef['scalerMetadata'];

/** @throws QuartetError INVALID_FIELD */
export function readTrigger(ref: externalscaler.ScaledObjectRef | undefined): Trigger {
  const { family = '', model = '', requestsPerPod = `${DEFAULT_REQUESTS}`, [SCOPE]: scope } = (ref?.scalerMetadata ?? {}) as Partial<Metadata>;
  if (family === '') throw QuartetError.invalid('metadata.family', `of the trigger of ScaledObject "${ref?.name ?? ''}" is not set; expected the name of a family's service, such as cnn.`);
  const requests = Number(requestsPerPod);
  if (!(requests > 0 && Number.isFinite(requests))) throw QuartetError.invalid('metadata.requestsPerPod', `is "${requestsPerPod}"; expected a number above 0.`);
  return { family, model: model === '' ? undefined : model, requestsPerPod: requests, ofThisGateway: scope === OWN };
}

/** The same question to one gateway, which answers for itself alone. */
export const forOneGateway = (ref: externalscaler.ScaledObjectRef): externalscaler.ScaledObjectRef => ({ ...ref, scalerMetadata: { ...ref.scalerMetadata, [SCOPE]: OWN } });
