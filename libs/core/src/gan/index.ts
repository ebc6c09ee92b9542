export { buildGan, type Gan, type Judgement } from './build';
export { GanStep } from './step';
export { exampleSize, type AdversarialLoss, type DiscriminatorAugmentation, type GanArchitecture, type GanMode, type GanSpec } from './spec';
export { frechetDistance } from './quality/frechet';
export { kernelDistance } from './quality/kernel-distance';
export { compareManifolds, type ManifoldReport } from './quality/manifold';
export { GanTrainer, type GanTrainerOptions, type QualityReport } from './trainer';
export { resolveGanSettings, type GanTrainingSettings, type ResolvedGanSettings } from './settings';
export { judgeBalance, initialBalance, observe, hasStalled, type BalanceFinding, type BalanceSettings, type BalanceState, type Observation } from './balance';
