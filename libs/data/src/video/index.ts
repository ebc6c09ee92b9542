export { decodeClip, decodeVideoFrames } from './decode-video';
export { videoDecodingOf } from './from-settings';
export { DEFAULT_VIDEO_DECODING, type FrameTarget, type VideoDecoding } from './options';
