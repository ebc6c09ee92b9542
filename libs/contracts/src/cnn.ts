/** The package quartet.cnn.v1 as one namespace. */
export * from './generated/quartet/cnn/v1/cnn';
export * from './generated/quartet/cnn/v1/explain';
