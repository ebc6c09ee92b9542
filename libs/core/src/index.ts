export { CoreError, type CoreErrorOptions, type CoreReason, type Violation } from './errors';
export { engineEnvironment, prepareEngine, startEngine, tensorCounts, type EngineInfo, type EngineOptions } from './engine';
export { deriveSeed, normalizeSeed, type Seed } from './random';
export { checkTensor, firstOutside, type TensorExpectation } from './tensor/check';
export { toUnitRange } from './tensor/convert';
export {
  BYTES_PER_ELEMENT,
  elementCount,
  formatShape,
  fromBytes,
  toBytes,
  type DType,
  type HostTensor,
  type TensorData,
} from './tensor/host-tensor';
export { supportsBfloat16, type Precision } from './capture/mixed-precision';
export { CapturedStep, Program, type StepFunction, type StepOutputs } from './capture/program';
export { Optimizer, type OptimizerOptions, type UpdateScalars } from './optimizers/optimizer';
export { MultiLabelMetrics, type LabelScores, type MultiLabelReport } from './metrics/multi-label';
export { NumbersMetrics, type NumberScores, type NumbersReport } from './metrics/numbers';
export { fitSigmoidTemperature, fitTemperature } from './metrics/temperature';
export { ClassificationMetrics, type ClassificationReport, type ClassScores } from './metrics/classification';
export { answersOf } from './network/answers';
export { buildNetwork, type BuildOptions } from './network/build';
export { Network } from './network/network';
export type { ForwardContext, Layer, LayerOutput, NamedVariable } from './layers/layer';
export { Parameters, type Initializer } from './layers/parameters';
export type { ExampleBatch, Objective, ObjectiveInputs, ObjectiveResult } from './training/objective';
export { MAX_ACTIVATION, MAX_PARAMETERS, planNetwork, type NetworkPlan, type PlannedLayer } from './network/plan';
export type {
  Activation,
  ActivationSpec,
  BatchNormalizationSpec,
  Conv2dSpec,
  DenseSpec,
  DepthwiseConv2dSpec,
  DropoutSpec,
  FlattenSpec,
  GlobalAveragePoolSpec,
  Head,
  LayerSpec,
  NetworkSpec,
  Normalization,
  Padding,
  Pool2dSpec,
  ResidualBlockSpec,
  SeparableBlockSpec,
  SeparableConv2dSpec,
} from './network/spec';
export { planTransfer, transferWeights, type TransferPlan, type TransferSource } from './network/transfer';
export { validateNetworkSpec } from './network/validate';
export { labelledBatch, type BatchSource, type EvaluationSource } from './training/batches';
export { balancedWeights, classificationObjective, type ClassificationOptions } from './training/classification';
export { multiLabelObjective, numbersObjective, type TargetOptions } from './training/image-targets';
export { checkInput } from './training/check-input';
export { regressionObjective, type RegressionModel } from './training/regression';
export type {
  CheckpointEvent,
  DiagnosticEvent,
  EpochEndEvent,
  EpochRecord,
  Metrics,
  ProgressEvent,
  TrainingEvent,
  TrainingResult,
  Verdict,
} from './training/events';
export type {
  Clipping,
  EarlyStopping,
  NotFinitePolicy,
  OptimizerKind,
  Plateau,
  ScheduleKind,
  TrainerOptions,
  TrainingSettings,
} from './training/options';
export { evaluate, evaluateTrained, type Classifier, type EvaluateTrainedOptions } from './training/evaluate';
export { Trainer, type EvaluateOptions } from './training/trainer';
export type { ArtifactFile, Manifest, TensorSignature } from './artifact/manifest';
export { verifyModel } from './artifact/verify';
export { writeModel, type ModelDescription } from './artifact/write';
export {
  checkClassifier,
  InferenceModel,
  loadArtifact,
  writeArtifact,
  type ArtifactDescription,
  type ClassifierManifest,
  type InferenceResult,
} from './artifact/classifier';
export { LoadedModel, loadModel } from './artifact/load';
export { DEFAULT_SIGNATURE, exportModel, type ExportableModel, type ExportedModel, type FunctionSignature, type ModelFunction } from './artifact/export-model';
export { SavedModelSession } from './artifact/session';
export { readSafetensors, writeSafetensors, type SafetensorsFile } from './safetensors/safetensors';
export { ACTIVATIONS } from './layers/activation';
export { residualBlock, separableBlock, type BlockOptions } from './layers/blocks';
export { batchNormalization, type BatchNormalizationOptions } from './layers/batch-normalization';
export {
  conv1d,
  conv1dTranspose,
  conv2d,
  conv2dTranspose,
  conv3d,
  conv3dTranspose,
  depthwiseConv2d,
  separableConv2d,
  type Conv1dOptions,
  type ConvolutionLayerOptions,
} from './layers/convolution';
export { dense } from './layers/dense';
export { embedding } from './layers/embedding';
export * as initializers from './layers/initializers';
export { layerNormalization } from './layers/layer-normalization';
export { dropout, gaussianNoise } from './layers/noise';
export { averagePool2d, globalAveragePool, maxPool2d } from './layers/pool';
export { activation, residual, sequential } from './layers/sequential';
export { flatten, reshape, upsample2d } from './layers/shape';
export type { AffineOptions } from './layers/affine';
export { binaryCrossEntropyWithLogits } from './losses/binary-cross-entropy';
export { gaussianKl } from './losses/gaussian-kl';
export { huber, meanAbsoluteError, meanSquaredError } from './losses/regression';
export { softmaxCrossEntropy, softmaxCrossEntropyWithTargets } from './losses/softmax-cross-entropy';
export { normalize } from './layers/normalize';
export { mixup, type Mixed } from './layers/mixup';
export { augmentation, type AugmentationOptions } from './layers/augment';
export { bidirectional, stacked, type Merge } from './layers/recurrent/compound';
export { gru, lstm, simpleRnn, type GruOptions, type LstmOptions, type RecurrentOptions, type SimpleRnnOptions } from './layers/recurrent/layers';
export { watching } from './layers/recurrent/watching';
export { truncated } from './layers/recurrent/truncated';
export { joinSteps, type RecurrentCall, type RecurrentLayer, type RecurrentResult, type Sequence } from './layers/recurrent/recurrent-layer';
export { tf, type Scalar, type Tensor, type Variable } from './engine';
export { PrefetchedBatches, type PrefetchOptions } from './training/prefetch';
export { ctcFrames, ctcLoss, type CtcLabels } from './losses/ctc';
export { ordinalClass, ordinalCrossEntropy } from './losses/ordinal';
export { pinball } from './losses/pinball';
export { sequenceMask, tokenCrossEntropy, tokenMean } from './losses/token-cross-entropy';
export { ctcAlign, CtcBeam, ctcBeamSearch, ctcGreedy, type CtcFrames, type CtcHypothesis } from './decoding/ctc';
export { logSoftmax } from './decoding/log-sum';
export { coverage, directionAccuracy, mase, meanAbsolute, rootMeanSquare } from './metrics/forecast';
export { characterErrorRate, edits, ErrorRate, wordErrorRate, type Edits, type ErrorRateReport } from './metrics/speech';
export { bleu, chrf, tokenize13a, type BleuReport, type TranslationPair } from './metrics/text';
export { addNoise, augmentAudio, changeGain, changeSpeed, type AudioAugmentation } from './audio/augment';
export { LogMel, LogMelStream, normalizeBands, stackFrames, type Audio, type LogMelOptions } from './audio/log-mel';
export { beamSearch, gatherRows, type BeamSearchOptions, type BeamStep, type Hypothesis } from './decoding/beam-search';
export { normalNumbers, uniformNumbers } from './decoding/random';
export { generateTokens, TokenSampler, type GenerationOptions, type SamplingOptions } from './decoding/sampling';
export { bahdanauAttention, luongAttention, type Attended, type Attention } from './layers/attention';
export { encoderDecoder, type Decoded, type Encoded, type EncoderDecoder, type EncoderDecoderOptions } from './layers/decoder';
export { decoderFunctions, stateNames } from './layers/decoder-functions';
export { translationObjective, type TranslationOptions } from './training/translation';
export { spectralRadius, type RecurrentObservation } from './training/recurrent-watch';
export { thinned, type TimeLook } from './training/time-health';
export { judgeTimeGradients, type TimeGradientFinding, type TimeGradientReport } from './training/time-gradients';
export { languageModel, languageModelFunctions, type LanguageModel, type LanguageModelOptions } from './layers/decoder-language-model';
export { languageModelObjective } from './training/language-model';
export { transcriptionObjective, type TranscriptionModel } from './training/transcription';
export * from './autoencoder';
export * from './gan';
export * from './explain';
export * from './video';
