import { join } from 'node:path';
import { Family, rnn } from '@quartet/contracts';
import { service, type ArchitectureFamily } from '@quartet/service-kit';
import { classify } from './classify/classify';
import { trainClassifier } from './classify/train';
import { caption } from './caption/caption';
import { generate } from './generate/generate';
import { step } from './session/step';
import { tag } from './tag/tag';
import { trainCaptioner } from './caption/train';
import { trainLanguageModel } from './generate/train';
import { trainTagger } from './tag/train';
import { trainTranscriber } from './transcribe/train';
import { trainTranslator } from './translate/train';
import { transcribe } from './transcribe/transcribe';
import { translate } from './translate/translate';
import { forecast } from './forecast/forecast';
import { trainForecast } from './forecast/train';
import { openInference } from './open-inference/open-inference';
import { signals } from './signals';

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
      trainTagger: (request, call) => trainTagger(runtime, request, call),
      tag: (request, call) => tag(runtime, request, call),
      trainLanguageModel: (request, call) => trainLanguageModel(runtime, request, call),
      generate: (request, call) => generate(runtime, request, call),
      trainTranslator: (request, call) => trainTranslator(runtime, request, call),
      translate: (request, call) => translate(runtime, request, call),
      trainTranscriber: (request, call) => trainTranscriber(runtime, request, call),
      transcribe: (requests, call) => transcribe(runtime, requests, call),
      trainCaptioner: (request, call) => trainCaptioner(runtime, request, call),
      caption: (request, call) => caption(runtime, request, call),
      step: (requests, call) => step(runtime, requests, call),
    }),
  ],
  openInference,
  signals,
  hostModule: join(__dirname, 'host.js'),
  trainerModule: join(__dirname, 'trainer.js'),
  // The products of a step are too small to share out; the ensemble's members keep the cores busy.
  engine: { intraOpThreads: 1 },
  // A service without a registry can still answer for what it has loaded.
  isServing: ({ engineReady }) => engineReady,
};
