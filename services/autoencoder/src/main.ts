import '@quartet/service-kit/dist/telemetry/start';
import { runFamilyService } from '@quartet/service-kit';
import { autoencoderFamily } from './family';

runFamilyService(autoencoderFamily);
