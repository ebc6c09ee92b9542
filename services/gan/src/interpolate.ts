import { DataType, QuartetError, type gan } from '@quartet/contracts';
import { checkTensor, fromBytes, type HostTensor } from '@quartet/core';
import { toProtoTensor, Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { latentInputs } from './generate';
import { latentOf } from './latents';
import { classOf, manifestOf } from './model-info';

const DEFAULT_STEPS = 8;

/** Examples from equal steps on the way from one latent vector to another. */
export async function interpolate(runtime: FamilyRuntime, request: gan.InterpolateRequest, call: CallScope): Promise<gan.InterpolateResponse> {
  const steps = request.steps || DEFAULT_STEPS;
  const violations = new Violations();
  violations.integer('steps', steps, 2, runtime.settings.QUARTET_MAX_BATCH);
  violations.throwIfAny();
  const version = await runtime.resolve(request.model, call);
  const { spec } = manifestOf(version);
  const { latentSize } = spec;
  const [from, to] = [readLatent(request.from, 'from', latentSize), readLatent(request.to, 'to', latentSize)];
  const z = new Float32Array(steps * latentSize);
  for (let step = 0; step < steps; step += 1) z.set(between(from, to, step / (steps - 1)), step * latentSize);
  const asked = classOf(version, request.className) ?? 0;
  const classes = spec.mode === 'conditional' ? new Array<number>(steps).fill(asked) : [];
  const { x } = await runtime.infer(version, 'generateEach', latentInputs({ dtype: 'float32', shape: [steps, latentSize], data: z }, classes), call);
  return { examples: toProtoTensor(x!), modelVersion: version.version };
}

function readLatent(latent: gan.Latent | undefined, field: string, size: number): Float32Array {
  const { source } = latent ?? {};
  if (!source) throw QuartetError.invalid(field, 'is not set; send a `seed` or a `vector`');
  if (source.$case === 'seed') return latentOf(source.value, 0, size);
  const { dtype, shape, data } = source.value;
  if (dtype !== DataType.DATA_TYPE_FLOAT32) throw QuartetError.invalid(`${field}.vector.dtype`, `received ${DataType[dtype] ?? dtype}, expected DATA_TYPE_FLOAT32`, 'DTYPE_MISMATCH');
  const host: HostTensor = fromBytes('float32', shape.map(Number), data, `${field}.vector`);
  checkTensor(host, { name: `${field}.vector`, shape: [size] });
  return host.data as Float32Array;
}

/** Along the great circle, as the way between two normal vectors stays among those that the generator knows (White, 2016); a line where they hardly differ. */
function between(from: Float32Array, to: Float32Array, share: number): Float32Array {
  const norm = (of: Float32Array): number => Math.sqrt(of.reduce((sum, value) => sum + value * value, 0));
  const cosine = from.reduce((sum, value, at) => sum + value * to[at]!, 0) / (norm(from) * norm(to));
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const sine = Math.sin(angle);
  if (!(sine > 1e-3)) return from.map((value, at) => value + (to[at]! - value) * share);
  const [first, second] = [Math.sin((1 - share) * angle) / sine, Math.sin(share * angle) / sine];
  return from.map((value, at) => first * value + second * to[at]!);
}
