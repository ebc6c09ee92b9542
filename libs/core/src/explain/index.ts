export { Explainer, type LayerInfo } from './explainer';
export { excite, type Excited, type ExciteOptions, type SlopeOf } from './excite';
export { logOdds, occluded, occlusionMap, planOcclusion, type OcclusionPlan } from './occlusion';
export { upsample } from './upsample';
