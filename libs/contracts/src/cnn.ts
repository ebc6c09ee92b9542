/** The CNN family's contract. */
export * from './generated/quartet/cnn/v1/cnn';
export * from './generated/quartet/cnn/v1/spec';
