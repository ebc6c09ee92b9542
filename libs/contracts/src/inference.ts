/** The package inference as one namespace: the Open Inference Protocol, and what it says of a model's configuration. */
export * from './generated/inference/grpc_service';
export * from './generated/inference/model_config';
