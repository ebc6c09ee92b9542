import { join } from 'node:path';
import { cnn, Family } from '@quartet/contracts';
import { service, type ArchitectureFamily } from '@quartet/service-kit';
import { classify } from './classify';
import { embed } from './embed';
import { explain } from './explain/explain';
import { findExamples } from './explain/find-examples';
import { inspect } from './explain/inspect';
import { importKeras } from './keras/import-keras';
import { predict } from './predict';
import { train } from './train';
import { openInference } from './open-inference';
import { signals } from './signals';
import { classifyStream } from './video/classify-stream';
import { classifyVideo } from './video/classify-video';
import { trainVideo } from './video/train';

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
      explain: (request, call) => explain(runtime, request, call),
      inspect: (request, call) => inspect(runtime, request, call),
      findExamples: (request, call) => findExamples(runtime, request, call),
      trainVideo: (request, call) => trainVideo(runtime, request, call),
      classifyVideo: (request, call) => classifyVideo(runtime, request, call),
      classifyStream: (requests, call) => classifyStream(runtime, requests, call),
      importKeras: (requests, call) => importKeras(runtime, requests, call),
    }),
  ],
  openInference,
  signals,
  hostModule: join(__dirname, 'host.js'),
  trainerModule: join(__dirname, 'trainer.js'),
  // A service without a registry can still answer for what it has loaded.
  isServing: ({ engineReady }) => engineReady,
};
