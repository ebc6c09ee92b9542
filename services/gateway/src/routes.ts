import { autoencoder, BackupServiceService, cnn, DatasetServiceService, Family, gan, ModelServiceService, rnn, TrainingServiceService, type Settings } from '@quartet/contracts';
import type { ServiceShape } from '@quartet/service-kit';

/** A service behind the gateway, with what it serves to the public. */
export interface Route {
  name: string;
  /** In messages: `The CNN service isn't reachable ...`. */
  title: string;
  /** The setting that says where it is. */
  setting: keyof Settings & `QUARTET_${string}_ADDRESS`;
  services: readonly ServiceShape[];
  /** Whose models it serves, by the Open Inference Protocol too. */
  family?: Family;
}

/**
 * Who serves what. A family is one line more. WorkerService is missing on purpose: it is how family services talk to
 * the registry, and no public API.
 */
export const ROUTES: readonly Route[] = [
  {
    name: 'registry',
    title: 'registry',
    setting: 'QUARTET_REGISTRY_ADDRESS',
    services: [DatasetServiceService, ModelServiceService, TrainingServiceService, BackupServiceService],
  },
  { name: 'cnn', title: 'CNN service', setting: 'QUARTET_CNN_ADDRESS', services: [cnn.CnnServiceService], family: Family.FAMILY_CNN },
  { name: 'rnn', title: 'RNN service', setting: 'QUARTET_RNN_ADDRESS', services: [rnn.RnnServiceService], family: Family.FAMILY_RNN },
  { name: 'gan', title: 'GAN service', setting: 'QUARTET_GAN_ADDRESS', services: [gan.GanServiceService], family: Family.FAMILY_GAN },
  { name: 'autoencoder', title: 'autoencoder service', setting: 'QUARTET_AUTOENCODER_ADDRESS', services: [autoencoder.AutoencoderServiceService], family: Family.FAMILY_AUTOENCODER },
];
