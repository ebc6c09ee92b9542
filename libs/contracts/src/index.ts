/**
 * Quartet's gRPC contract in TypeScript, generated from proto/ by ts-proto. What all families share is exported by
 * name; each family has a namespace of its own, since names such as `TrainRequest` recur in each.
 */
export * from './generated/quartet/backup/v1/backup';
export * from './generated/quartet/common/v1/error';
export * from './generated/quartet/common/v1/model_ref';
export * from './generated/quartet/common/v1/tensor';
export * from './generated/quartet/dataset/v1/dataset';
export * from './generated/quartet/model/v1/model';
export * from './generated/quartet/training/v1/training';
export * from './generated/quartet/training/v1/worker';
export * as cnn from './cnn';
export * as rnn from './rnn';
export * as gan from './generated/quartet/gan/v1/gan';
export * as autoencoder from './generated/quartet/autoencoder/v1/autoencoder';
export * as gateway from './generated/quartet/gateway/v1/gateway';
export * as inference from './inference';
export * as pipeline from './generated/quartet/pipeline/v1/pipeline';
export * as rpc from './generated/google/rpc/status';
export * as errorDetails from './generated/google/rpc/error_details';
export * as externalscaler from './generated/keda/externalscaler';
export * as health from './generated/grpc/health/v1/health';
export { Any } from './generated/google/protobuf/any';
export { descriptorSetPath } from './descriptors';
export * from './access/grants';
export { RULES, ruleOf, type Rule } from './access/rules';
export * from './errors';
export * from './idempotency';
export { lowerPriority } from './lower-priority';
export { modelNamePath } from './model-name-path';
export * from './settings';
export * from './status';
