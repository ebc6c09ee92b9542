export { decodeClip, decodeVideoFrames } from './decode-video';
export { DEFAULT_VIDEO_DECODING, type FrameTarget, type VideoDecoding } from './options';
