import { uploadDataset, type QuartetClient } from '@quartet/client';
import { DatasetFormat, type Version } from '@quartet/contracts';
import { npyHeader } from '@quartet/data';
import { encodeVideo, testFfmpeg } from '@quartet/data/dist/platform-testing/video';
import { FamilyPlatform } from '@quartet/service-kit/dist/platform-testing/family-platform';

export const [FRAMES, SIDE] = [6, 16];
const SQUARE = 5;
/** [dx, dy] a frame, by class. */
export const WAYS = { right: [1, 0], left: [-1, 0], down: [0, 1], up: [0, -1] } as const;
export type Way = keyof typeof WAYS;
export const WAY_NAMES = Object.keys(WAYS) as Way[];

/** A bright square on a grey ground that moves straight on, from somewhere that `start` tells: uint8 [frames, side, side, 1]. */
export function moving(way: Way, start: number, frames = FRAMES): Uint8Array {
  const [dx, dy] = WAYS[way];
  const clip = new Uint8Array(frames * SIDE * SIDE).fill(30);
  const from = (step: number, at: number): number => (step === 0 ? at % (SIDE - SQUARE) : step > 0 ? at % (SIDE - SQUARE - FRAMES) : FRAMES + (at % (SIDE - SQUARE - FRAMES)));
  const [x, y] = [from(dx, start), from(dy, Math.floor(start / 3))];
  for (let frame = 0; frame < frames; frame += 1) {
    for (let row = 0; row < SQUARE; row += 1) {
      for (let column = 0; column < SQUARE; column += 1) {
        const [px, py] = [(x + dx * frame + column + SIDE) % SIDE, (y + dy * frame + row + SIDE) % SIDE];
        clip[(frame * SIDE + py) * SIDE + px] = 150 + ((start * 7) % 100);
      }
    }
  }
  return clip;
}

/** A video file of a clip, at 10 frames a second. */
export const fileOf = (clip: Uint8Array): Buffer => encodeVideo(clip, { height: SIDE, width: SIDE, channels: 1, framesPerSecond: 10 });

/** A real registry, a real CNN service and a real gateway, with an ffmpeg. */
export class VideoPlatform extends FamilyPlatform {
  static async start(extra: Record<string, string> = {}): Promise<VideoPlatform> {
    return new VideoPlatform(...(await this.launch({ family: 'cnn', service: 'quartet.cnn.v1.CnnService', timeoutMs: 90_000, extra: { QUARTET_FFMPEG: testFfmpeg(), ...extra } })));
  }

  /** Uploads clips of all ways as a data set. */
  async uploadClips(name: string, train: number, test: number): Promise<void> {
    const part = (of: string, from: number, count: number) => {
      const ways = Array.from({ length: count }, (_, at) => at % WAY_NAMES.length);
      const clips = Buffer.concat(ways.map((way, at) => moving(WAY_NAMES[way]!, from + at)));
      return [
        { path: `x_${of}.npy`, source: Buffer.concat([npyHeader('|u1', [count, FRAMES, SIDE, SIDE, 1]), clips]) },
        { path: `y_${of}.npy`, source: Buffer.concat([npyHeader('|u1', [count]), Buffer.from(ways)]) },
      ];
    };
    const files = [...part('train', 0, train), ...part('test', train, test)].map((file) => ({ ...file, size: file.source.length }));
    await uploadDataset(this.client, name, { format: DatasetFormat.DATASET_FORMAT_NUMPY, validationShare: 0.1 }, files);
  }

  /** Trains to the end and promotes the version. */
  async trainVideo(request: NonNullable<Parameters<QuartetClient['cnn']['trainVideo']>[0]>): Promise<Version> {
    const { version } = await this.finished(await this.client.cnn.trainVideo(request));
    await this.client.models.promoteVersion({ model: version.model, version: version.version });
    return version;
  }

  async trainImages(request: NonNullable<Parameters<QuartetClient['cnn']['train']>[0]>): Promise<Version> {
    const { version } = await this.finished(await this.client.cnn.train(request));
    await this.client.models.promoteVersion({ model: version.model, version: version.version });
    return version;
  }
}
