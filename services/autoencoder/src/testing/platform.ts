import { uploadDataset, type QuartetClient } from '@quartet/client';
import { DatasetFormat, type TrainingEvent, type Version } from '@quartet/contracts';
import { idxFiles, mnist, type Digits } from '@quartet/service-kit/dist/platform-testing/digits';
import { FamilyPlatform } from '@quartet/service-kit/dist/platform-testing/family-platform';

/** A real registry, a real autoencoder service and a real gateway, with state of their own in a temporary folder. */
export class Platform extends FamilyPlatform {
  static async start(extra: Record<string, string> = {}): Promise<Platform> {
    return new Platform(...(await this.launch({ family: 'autoencoder', service: 'quartet.autoencoder.v1.AutoencoderService', timeoutMs: 240_000, extra })));
  }

  /** Uploads the first digits of MNIST as a data set. @param change What becomes of them before. */
  async uploadDigits(name: string, train: number, test: number, change = (digits: Digits): Digits => digits): Promise<void> {
    const files = [...idxFiles('train', change(await mnist('train', train))), ...idxFiles('t10k', change(await mnist('t10k', test)))];
    await uploadDataset(this.client, name, { format: DatasetFormat.DATASET_FORMAT_IDX, validationShare: 0.2 }, files);
  }

  /** Trains to the end. @returns the job's events, and the version */
  async train(request: Parameters<QuartetClient['autoencoder']['train']>[0]): Promise<{ events: TrainingEvent[]; version: Version }> {
    return this.finished(await this.client.autoencoder.train(request));
  }
}
