import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Settings } from '@quartet/contracts';
import { AdviceError } from '../output/report-error';

/** The families of networks, each a service of its own. */
export type FamilyName = 'cnn' | 'rnn' | 'gan' | 'autoencoder';

export interface ServiceDefinition {
  readonly name: 'registry' | 'gateway' | FamilyName;
  readonly title: string;
  readonly portSetting: 'QUARTET_REGISTRY_PORT' | 'QUARTET_CNN_PORT' | 'QUARTET_RNN_PORT' | 'QUARTET_GAN_PORT' | 'QUARTET_AUTOENCODER_PORT' | 'QUARTET_GATEWAY_PORT';
  /** Services whose health is asked besides the server's own. The gateway's say whether it reaches those behind it. */
  readonly serves: readonly string[];
}

const CONTROL_SERVICES = ['quartet.dataset.v1.DatasetService', 'quartet.model.v1.ModelService', 'quartet.training.v1.TrainingService'];

const FAMILY_SERVICES: Record<FamilyName, string> = {
  cnn: 'quartet.cnn.v1.CnnService',
  rnn: 'quartet.rnn.v1.RnnService',
  gan: 'quartet.gan.v1.GanService',
  autoencoder: 'quartet.autoencoder.v1.AutoencoderService',
};

/** Every family, in the order in which they start. */
export const FAMILIES = Object.keys(FAMILY_SERVICES) as FamilyName[];

const FAMILY_DEFINITIONS: Record<FamilyName, ServiceDefinition> = {
  cnn: { name: 'cnn', title: 'CNN service', portSetting: 'QUARTET_CNN_PORT', serves: [] },
  rnn: { name: 'rnn', title: 'RNN service', portSetting: 'QUARTET_RNN_PORT', serves: [] },
  gan: { name: 'gan', title: 'GAN service', portSetting: 'QUARTET_GAN_PORT', serves: [] },
  autoencoder: { name: 'autoencoder', title: 'autoencoder service', portSetting: 'QUARTET_AUTOENCODER_PORT', serves: [] },
};

/** The services of a local platform with these families, in the order in which they start; they stop in the reverse order. */
export function servicesWith(families: readonly FamilyName[]): ServiceDefinition[] {
  return [
    { name: 'registry', title: 'registry', portSetting: 'QUARTET_REGISTRY_PORT', serves: [] },
    ...families.map((name) => FAMILY_DEFINITIONS[name]),
    { name: 'gateway', title: 'gateway', portSetting: 'QUARTET_GATEWAY_PORT', serves: [...CONTROL_SERVICES, ...families.map((name) => FAMILY_SERVICES[name])] },
  ];
}

/** The services of a whole local platform. */
export const SERVICES: readonly ServiceDefinition[] = servicesWith(FAMILIES);

/** The folder of the workspace: the nearest one above this file that holds the services. */
export function workspaceRoot(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'nx.json')) && existsSync(join(folder, 'services'))) return folder;
  }
  throw new AdviceError('the services of this workspace were not found above the command line tool', 'run it from a clone of the repository');
}

/** @throws AdviceError if the service has not been built. */
export function mainOf(service: ServiceDefinition): string {
  const main = join(workspaceRoot(), 'services', service.name, 'dist', 'main.js');
  if (!existsSync(main)) throw new AdviceError(`the ${service.title} is not built: there is no ${main}`, 'run `npm run build`');
  return main;
}

export const portOf = (settings: Settings, service: ServiceDefinition): number => settings[service.portSetting];
