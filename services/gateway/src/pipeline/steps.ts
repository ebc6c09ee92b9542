import type { Metadata } from '@grpc/grpc-js';
import { QuartetError, type cnn, type ModelRef, type pipeline, type Tensor } from '@quartet/contracts';
import { tensorFromFloat32, tensorToFloat32, type QuartetClient } from '@quartet/client';

/** What passes from one step to the next. */
export type Value =
  | { kind: 'images'; input: { $case: 'images'; value: cnn.ImageList } | { $case: 'batch'; value: Tensor } }
  | { kind: 'classes' }
  | { kind: 'embeddings'; tensor: Tensor; by: ModelRef }
  | { kind: 'captions' };

export type Kind = Value['kind'];
type Call = NonNullable<pipeline.Step['call']>;
export type CallName = Call['$case'];

/** The families that steps are made of. */
export type StepFamily = 'cnn' | 'rnn' | 'autoencoder';

export interface StepContext {
  /** Asks a family at the pods of the model. */
  at: <T>(family: StepFamily, model: ModelRef | undefined, ask: (client: QuartetClient) => Promise<T>) => Promise<T>;
  /** Of the gateway's caller: what the steps' calls carry too. */
  metadata: Metadata;
  deadlineMs: number;
  signal: AbortSignal;
}

export interface Outcome {
  value: Value;
  modelVersion: bigint;
  output: pipeline.StepResult['output'];
}

/** What each kind of step takes and gives. */
export const SIGNATURES: Readonly<Record<CallName, { takes: Kind; gives: Kind; family: StepFamily }>> = {
  denoise: { takes: 'images', gives: 'images', family: 'autoencoder' },
  classify: { takes: 'images', gives: 'classes', family: 'cnn' },
  embed: { takes: 'images', gives: 'embeddings', family: 'cnn' },
  caption: { takes: 'embeddings', gives: 'captions', family: 'rnn' },
};

/** Brightness as images have it: a network may come out a little beside. */
function clipped(tensor: Tensor): Tensor {
  return tensorFromFloat32(tensorToFloat32(tensor).map((value) => Math.min(1, Math.max(0, value))), tensor.shape.map(Number));
}

/** Runs one step. The kinds have been checked. */
export async function runStep(call: Call, input: Value, { at, ...options }: StepContext): Promise<Outcome> {
  if (input.kind === 'images') {
    switch (call.$case) {
      case 'denoise': {
        const { examples, modelVersion } = await at('autoencoder', call.value.model, ({ autoencoder }) => autoencoder.reconstruct({ model: call.value.model, input: input.input }, options));
        const images = clipped(examples!);
        return { value: { kind: 'images', input: { $case: 'batch', value: images } }, modelVersion, output: { $case: 'images', value: images } };
      }
      case 'classify': {
        const classes = await at('cnn', call.value.model, ({ cnn: client }) => client.classify({ model: call.value.model, topK: call.value.topK, input: input.input }, options));
        return { value: { kind: 'classes' }, modelVersion: classes.modelVersion, output: { $case: 'classes', value: classes } };
      }
      case 'embed': {
        const { embeddings, modelVersion } = await at('cnn', call.value.model, ({ cnn: client }) => client.embed({ model: call.value.model, input: input.input }, options));
        const by: ModelRef = { name: call.value.model?.name ?? '', target: { $case: 'version', value: modelVersion } };
        return { value: { kind: 'embeddings', tensor: embeddings!, by }, modelVersion, output: { $case: 'embeddings', value: embeddings! } };
      }
    }
  }
  if (input.kind === 'embeddings' && call.$case === 'caption') {
    const { model, beamWidth, alternatives } = call.value;
    const captions = await at('rnn', model, ({ rnn }) => rnn.caption({ model, beamWidth, alternatives, embeddings: input.tensor, embeddedBy: input.by }, options));
    return { value: { kind: 'captions' }, modelVersion: captions.modelVersion, output: { $case: 'captions', value: captions } };
  }
  throw new QuartetError('INTERNAL', `${call.$case} was given ${input.kind}`);
}
