export * from './handlers';
export { beginCall, type ActiveCall, type CallEnvironment, type ServerCall } from './active-call';
export { orAborted } from './or-aborted';
export { startServer, type RunningServer, type ServerConfig } from './start-server';
export { ANONYMOUS, type Caller } from '../security/caller';
export { admitted } from '../security/admitted';
