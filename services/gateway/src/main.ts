import '@quartet/service-kit/dist/telemetry/start';
import { runMain } from '@quartet/service-kit';
import { startGateway } from './gateway';

runMain('gateway', (settings, log) => startGateway({ settings, log }));
