export * from './handlers';
export { startServer, type RunningServer, type ServerConfig } from './start-server';
