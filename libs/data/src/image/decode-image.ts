export interface ImageTarget {
  height: number;
  width: number;
  /** 1 (grey), 3 (RGB) or 4 (RGBA). */
  channels: number;
  /** Largest image that is decoded; default 64 Mi pixels. */
  maxPixels?: number;
}
export interface DecodedImage {
  /** [height, width, channels] */
  shape: number[];
  /** float32 in 0..1. */
  data: Float32Array;
}
export async function decodeImage(_bytes: Uint8Array, _target: ImageTarget): Promise<DecodedImage> { throw new Error('in work'); }
