import type { Command } from 'commander';
import type { Input } from '@quartet/client';
import type { ModelRef } from '@quartet/contracts';
import { modelRef } from '../arguments';

/** Of a training that starts from another version. */
export interface TransferOptions {
  from?: Input<ModelRef>;
  freeze?: string;
}

export const withTransferOptions = (command: Command): Command =>
  command
    .option('--from <model>', 'start from the weights of another version, and with its layers: MODEL@VERSION, MODEL@LABEL, or MODEL (production)', modelRef)
    .option('--freeze <layer>', 'with --from: layers before this one stay as they are: head (all), or layers.4');
