import type { ModelRef, Version } from '@quartet/contracts';

/** A reference to a version that has been found already. */
export const exactly = ({ model, version }: Version): ModelRef => ({ name: model, target: { $case: 'version', value: version } });
