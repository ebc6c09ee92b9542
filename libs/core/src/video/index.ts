export { checkVideoModel, isVideoManifest, videoFunctions, type VideoManifest } from './artifact';
export { buildVideoNetwork } from './build';
export { VideoNetwork } from './network';
export { videoObjective } from './objective';
export { planVideo, type PlannedBlock, type VideoPlan } from './plan';
export type { Conv3dArchitecture, FramesArchitecture, VideoArchitecture, VideoSpec } from './spec';
