export { fuzz, type Finding, type FuzzOptions, type FuzzReport } from './fuzz';
export { FuzzPlatform } from './platform';
