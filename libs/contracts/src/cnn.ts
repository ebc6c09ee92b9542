/** The package quartet.cnn.v1 as one namespace; its proto files are one a task. */
export * from './generated/quartet/cnn/v1/cnn';
export * from './generated/quartet/cnn/v1/import';
export * from './generated/quartet/cnn/v1/spec';
export * from './generated/quartet/cnn/v1/explain';
export * from './generated/quartet/cnn/v1/video';
