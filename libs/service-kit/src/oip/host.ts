import { Family, QuartetError } from '@quartet/contracts';
import type { ArchitectureFamily, FamilyRuntime } from '../family/architecture-family';
import type { Serving } from '../family/serving/serving';
import type { OpenInference } from './open-inference';

/** What the protocol's service needs of a family's process. */
export interface Host {
  readonly family: ArchitectureFamily;
  readonly runtime: FamilyRuntime;
  readonly serving: Pick<Serving, 'held' | 'load' | 'release' | 'serves' | 'signals' | 'statistics'>;
  readonly models: OpenInference;
}

export function hostOf(family: ArchitectureFamily, runtime: FamilyRuntime, serving: Host['serving']): Host {
  return { family, runtime, serving, models: family.openInference?.(runtime) ?? noModels(family) };
}

/** Of a family that says nothing of the protocol. */
function noModels({ family, name }: ArchitectureFamily): OpenInference {
  const refuse = (): never => {
    throw new QuartetError('WRONG_STATE', `models of ${Family[family] ?? name} aren't called by the Open Inference Protocol; call the family's own service`);
  };
  return { signature: refuse, infer: refuse };
}
