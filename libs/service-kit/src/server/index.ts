export * from './handlers';
export { beginCall, type ActiveCall, type CallEnvironment, type ServerCall } from './active-call';
export { startServer, type RunningServer, type ServerConfig } from './start-server';
