import { Family, QuartetError, type Version } from '@quartet/contracts';
import type { ArchitectureFamily, FamilyRuntime } from '../family/architecture-family';
import type { Serving } from '../family/serving/serving';
import type { InferenceSignature, OpenInference } from './open-inference';

/** What the protocol's service needs of a family's process. */
export interface Host {
  readonly family: ArchitectureFamily;
  readonly runtime: FamilyRuntime;
  readonly serving: Pick<Serving, 'held' | 'heldAs' | 'load' | 'release' | 'serves' | 'signals' | 'statistics'>;
  readonly models: OpenInference;
}

export function hostOf(family: ArchitectureFamily, runtime: FamilyRuntime, serving: Host['serving']): Host {
  const models = family.openInference?.(runtime);
  return { family, runtime, serving, models: models ? rememberingSignatures(models) : noModels(family) };
}

/** A version never changes, and each request asks for its signature. */
function rememberingSignatures(models: OpenInference): OpenInference {
  const known = new WeakMap<Version, InferenceSignature>();
  return {
    signature(version) {
      const found = known.get(version) ?? models.signature(version);
      known.set(version, found);
      return found;
    },
    infer: (version, inputs, wanted, call) => models.infer(version, inputs, wanted, call),
  };
}

/** Of a family that says nothing of the protocol. */
function noModels({ family, name }: ArchitectureFamily): OpenInference {
  const refuse = (): never => {
    throw new QuartetError('WRONG_STATE', `models of ${Family[family] ?? name} aren't called by the Open Inference Protocol; call the family's own service`);
  };
  return { signature: refuse, infer: refuse };
}
