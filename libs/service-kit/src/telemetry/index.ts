export { serviceName } from './service-name';
export { shutdownTelemetry } from './running';
export { currentTraceparent, recordSpan, span, withTraceparent } from './trace';
export { observeJobs, observeQueue, recordBatch, recordCall, recordJob, recordQueueWait } from './metrics';
export type { SpanRecord } from './span-file';
