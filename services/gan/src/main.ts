import '@quartet/service-kit/dist/telemetry/start';
import { runFamilyService } from '@quartet/service-kit';
import { ganFamily } from './family';

runFamilyService(ganFamily);
