import '@quartet/service-kit/dist/telemetry/start';
import { runFamilyService } from '@quartet/service-kit';
import { rnnFamily } from './family';

runFamilyService(rnnFamily);
