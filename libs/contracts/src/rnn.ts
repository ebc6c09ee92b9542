/** The package quartet.rnn.v1 as one namespace; its proto files are one a task. */
export * from './generated/quartet/rnn/v1/rnn';
export * from './generated/quartet/rnn/v1/network';
export * from './generated/quartet/rnn/v1/text';
export * from './generated/quartet/rnn/v1/forecast';
export * from './generated/quartet/rnn/v1/classify';
export * from './generated/quartet/rnn/v1/tag';
export * from './generated/quartet/rnn/v1/generate';
export * from './generated/quartet/rnn/v1/translate';
export * from './generated/quartet/rnn/v1/transcribe';
export * from './generated/quartet/rnn/v1/caption';
export * from './generated/quartet/rnn/v1/session';
