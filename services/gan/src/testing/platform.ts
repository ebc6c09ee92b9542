import { uploadDataset, type QuartetClient } from '@quartet/client';
import { DatasetFormat, type TrainingEvent, type Version } from '@quartet/contracts';
import { idxFiles, mnist, shrunk, type Digits } from '@quartet/service-kit/dist/platform-testing/digits';
import { FamilyPlatform } from '@quartet/service-kit/dist/platform-testing/family-platform';

/** A real registry, a real GAN service and a real gateway, with state of their own in a temporary folder. */
export class Platform extends FamilyPlatform {
  static async start(extra: Record<string, string> = {}): Promise<Platform> {
    return new Platform(...(await this.launch({ family: 'gan', service: 'quartet.gan.v1.GanService', timeoutMs: 90_000, extra })));
  }

  /** Uploads digits of 7 x 7 pixels, the first ones of MNIST, as a data set. @param change What becomes of them before. */
  async uploadDigits(name: string, train: number, test: number, change = (digits: Digits): Digits => digits): Promise<void> {
    const small = async (part: 'train' | 't10k', count: number) => change(shrunk(await mnist(part, count)));
    const files = [...idxFiles('train', await small('train', train)), ...idxFiles('t10k', await small('t10k', test))];
    await uploadDataset(this.client, name, { format: DatasetFormat.DATASET_FORMAT_IDX, validationShare: 0.2 }, files);
  }

  /** Uploads a table of two columns around two places, by class. */
  async uploadPoints(name: string, rows: number): Promise<void> {
    // Lehmer's generator; the sum of three uniform numbers is normal enough.
    let state = 1;
    const unit = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    const near = (centre: number): string => (centre + unit() + unit() + unit() - 1.5).toFixed(4);
    const lines = Array.from({ length: rows }, (_, at) => (at % 2 === 0 ? `${near(10)},${near(-3)},left` : `${near(20)},${near(3)},right`));
    const bytes = Buffer.from(`a,b,side\n${lines.join('\n')}\n`);
    await uploadDataset(this.client, name, { format: DatasetFormat.DATASET_FORMAT_CSV, validationShare: 0.2 }, [{ path: 'points.csv', source: bytes, size: bytes.length }]);
  }

  /** Trains to the end. @returns the job's events, and the version */
  async train(request: Parameters<QuartetClient['gan']['train']>[0]): Promise<{ events: TrainingEvent[]; version: Version }> {
    return this.finished(await this.client.gan.train(request));
  }
}
