// The shared options' names.
import { createRequire } from 'node:module';

export const { Optimizer, Schedule } = createRequire(import.meta.url)('../../libs/contracts/dist');
