import { join } from 'node:path';
import { Family, rnn } from '@quartet/contracts';
import { service, type ArchitectureFamily } from '@quartet/service-kit';
import { classify } from './classify/classify';
import { trainClassifier } from './classify/train';
import { forecast } from './forecast/forecast';
import { trainForecast } from './forecast/train';

/** Recurrent networks as a family of Quartet. */
export const rnnFamily: ArchitectureFamily = {
  name: 'rnn',
  family: Family.FAMILY_RNN,
  port: (settings) => settings.QUARTET_RNN_PORT,
  services: (runtime) => [
    service(rnn.RnnServiceService, {
      trainForecast: (request, call) => trainForecast(runtime, request, call),
      forecast: (request, call) => forecast(runtime, request, call),
      trainClassifier: (request, call) => trainClassifier(runtime, request, call),
      classify: (request, call) => classify(runtime, request, call),
    }),
  ],
  hostModule: join(__dirname, 'host.js'),
  trainerModule: join(__dirname, 'trainer.js'),
  // The products of a step are too small to share out; the ensemble's members keep the cores busy.
  engine: { intraOpThreads: 1 },
  // A service without a registry can still answer for what it has loaded.
  isServing: ({ engineReady }) => engineReady,
};
