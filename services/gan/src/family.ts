import { join } from 'node:path';
import { Family, gan } from '@quartet/contracts';
import { service, type ArchitectureFamily } from '@quartet/service-kit';
import { discriminate } from './discriminate';
import { evaluate } from './evaluate';
import { generate } from './generate';
import { generateDataset } from './generate-dataset';
import { interpolate } from './interpolate';
import { project } from './project';
import { train } from './train';
import { openInference } from './open-inference';
import { signals } from './signals';

/** Generative adversarial networks as a family of Quartet. */
export const ganFamily: ArchitectureFamily = {
  name: 'gan',
  family: Family.FAMILY_GAN,
  port: (settings) => settings.QUARTET_GAN_PORT,
  services: (runtime) => [
    service(gan.GanServiceService, {
      train: (request, call) => train(runtime, request, call),
      generate: (request, call) => generate(runtime, request, call),
      interpolate: (request, call) => interpolate(runtime, request, call),
      discriminate: (request, call) => discriminate(runtime, request, call),
      project: (request, call) => project(runtime, request, call),
      evaluate: (request, call) => evaluate(runtime, request, call),
      generateDataset: (request, call) => generateDataset(runtime, request, call),
    }),
  ],
  openInference,
  signals,
  hostModule: join(__dirname, 'host.js'),
  trainerModule: join(__dirname, 'trainer.js'),
  // A service without a registry can still answer for what it has loaded.
  isServing: ({ engineReady }) => engineReady,
};
