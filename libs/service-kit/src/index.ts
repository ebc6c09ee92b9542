export * from './errors';
export { Health } from './health/health';
export { runMain } from './lifecycle/main';
export { createLogger, type Logger, type LoggerOptions } from './logging/logger';
export * from './server';
export * from './telemetry';
export { Batcher, type BatcherOptions, type SubmitOptions } from './batching/batcher';
export * from './family';
export * from './oip';
