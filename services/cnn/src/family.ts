import { join } from 'node:path';
import { cnn, Family } from '@quartet/contracts';
import { service, type ArchitectureFamily } from '@quartet/service-kit';
import { classify } from './classify';
import { embed } from './embed';
import { predict } from './predict';
import { train } from './train';
import { openInference } from './open-inference';

/** Convolutional networks as a family of Quartet. */
export const cnnFamily: ArchitectureFamily = {
  name: 'cnn',
  family: Family.FAMILY_CNN,
  port: (settings) => settings.QUARTET_CNN_PORT,
  services: (runtime) => [
    service(cnn.CnnServiceService, {
      train: (request, call) => train(runtime, request, call),
      classify: (request, call) => classify(runtime, request, call),
      predict: (request, call) => predict(runtime, request, call),
      embed: (request, call) => embed(runtime, request, call),
    }),
  ],
  openInference,
  hostModule: join(__dirname, 'host.js'),
  trainerModule: join(__dirname, 'trainer.js'),
  // A service without a registry can still answer for what it has loaded.
  isServing: ({ engineReady }) => engineReady,
};
