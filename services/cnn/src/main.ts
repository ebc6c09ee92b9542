import '@quartet/service-kit/dist/telemetry/start';
import { runFamilyService } from '@quartet/service-kit';
import { cnnFamily } from './family';

runFamilyService(cnnFamily);
