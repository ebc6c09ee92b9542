import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Settings } from '@quartet/contracts';
import { AdviceError } from '../output/report-error';

export interface ServiceDefinition {
  readonly name: 'registry' | 'cnn' | 'autoencoder' | 'gateway';
  readonly title: string;
  readonly portSetting: 'QUARTET_REGISTRY_PORT' | 'QUARTET_CNN_PORT' | 'QUARTET_AUTOENCODER_PORT' | 'QUARTET_GATEWAY_PORT';
  /** Services whose health is asked besides the server's own. The gateway's say whether it reaches those behind it. */
  readonly serves: readonly string[];
}

const PUBLIC_SERVICES = [
  'quartet.dataset.v1.DatasetService',
  'quartet.model.v1.ModelService',
  'quartet.training.v1.TrainingService',
  'quartet.cnn.v1.CnnService',
  'quartet.autoencoder.v1.AutoencoderService',
];

/** The services of a local platform, in the order in which they start; they stop in the reverse order. */
export const SERVICES: readonly ServiceDefinition[] = [
  { name: 'registry', title: 'registry', portSetting: 'QUARTET_REGISTRY_PORT', serves: [] },
  { name: 'cnn', title: 'CNN service', portSetting: 'QUARTET_CNN_PORT', serves: [] },
  { name: 'autoencoder', title: 'autoencoder service', portSetting: 'QUARTET_AUTOENCODER_PORT', serves: [] },
  { name: 'gateway', title: 'gateway', portSetting: 'QUARTET_GATEWAY_PORT', serves: PUBLIC_SERVICES },
];

/** The folder of the workspace: the nearest one above this file that holds the services. */
function workspaceRoot(): string {
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
