import { QuartetError, type inference, type Version } from '@quartet/contracts';
import type { CallScope } from '../family/architecture-family';
import { withPriority } from '../family/serving/priority';
import { decodeInputs } from './decode-inputs';
import type { Host } from './host';
import { modelRefOf } from './model-ref';
import { encodeOutputs, wantedOutputs } from './outputs';
import { readParameters } from './parameters';
import { renamed } from './renamed';
import { within } from './within';

/** One request: decoded, run as a typed call is, encoded. */
export async function infer(host: Host, request: inference.ModelInferRequest, call: CallScope): Promise<inference.ModelInferResponse> {
  const { runtime, models } = host;
  const version = await runtime.resolve(modelRefOf(request.modelName, request.modelVersion, 'model_'), call);
  const signature = models.signature(version);
  const { timeoutMs, priority } = readParameters(request.parameters);
  const wanted = wantedOutputs(request, signature);
  const { inputs, positions, typed } = decodeInputs(request, signature, runtime.settings.QUARTET_MAX_BATCH);
  refuseLoading(host, version);
  const names = new Set(wanted.map(({ spec }) => spec.name));
  const outputs = await within(timeoutMs, withPriority(call, priority), (scope) => models.infer(version, inputs, names, scope)).catch((error: unknown) => {
    throw renamed(error, signature, positions);
  });
  return { modelName: version.model, modelVersion: `${version.version}`, id: request.id, parameters: {}, ...encodeOutputs(wanted, outputs, typed) };
}

const RETRY_AFTER_MS = 1000;

/** A version with a label is brought into memory when the label is seen; one without, by its first request, which waits for it. */
function refuseLoading({ serving }: Host, version: Version): void {
  const own = serving.heldAs(version);
  if (!own || own.ready || !own.labelled) return;
  throw new QuartetError('UNAVAILABLE', `version ${version.version} of model '${version.model}' is still being loaded; send the request again, or wait for ModelReady`, {
    retryAfterMs: RETRY_AFTER_MS,
    metadata: { model: version.model },
  });
}
