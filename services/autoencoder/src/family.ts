import { join } from 'node:path';
import { autoencoder, Family } from '@quartet/contracts';
import { service, type ArchitectureFamily } from '@quartet/service-kit';
import { detectAnomalies } from './anomalies';
import { compress, decompress } from './compression/handlers';
import { decode, encode, reconstruct } from './halves';
import { interpolate } from './interpolate';
import { neighbors } from './neighbors/handler';
import { project } from './project/handler';
import { report } from './report';
import { sample } from './sample';
import { train } from './train';
import { openInference } from './open-inference';
import { signals } from './signals';

/** Autoencoders as a family of Quartet. */
export const autoencoderFamily: ArchitectureFamily = {
  name: 'autoencoder',
  family: Family.FAMILY_AUTOENCODER,
  port: (settings) => settings.QUARTET_AUTOENCODER_PORT,
  services: (runtime) => [
    service(autoencoder.AutoencoderServiceService, {
      train: (request, call) => train(runtime, request, call),
      encode: (request, call) => encode(runtime, request, call),
      decode: (request, call) => decode(runtime, request, call),
      reconstruct: (request, call) => reconstruct(runtime, request, call),
      sample: (request, call) => sample(runtime, request, call),
      interpolate: (request, call) => interpolate(runtime, request, call),
      detectAnomalies: (request, call) => detectAnomalies(runtime, request, call),
      neighbors: (request, call) => neighbors(runtime, request, call),
      compress: (request, call) => compress(runtime, request, call),
      decompress: (request, call) => decompress(runtime, request, call),
      project: (request, call) => project(runtime, request, call),
      report: (request, call) => report(runtime, request, call),
    }),
  ],
  openInference,
  signals,
  hostModule: join(__dirname, 'host.js'),
  trainerModule: join(__dirname, 'trainer.js'),
  // A service without a registry can still answer for what it has loaded.
  isServing: ({ engineReady }) => engineReady,
};
