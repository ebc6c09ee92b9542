import type { Command } from 'commander';
import { RollbackResponse, Traffic } from '@quartet/contracts';
import { number, version as parseVersion } from '../arguments';
import { action, type Context } from '../context';
import { writeDocument } from '../output';

interface CanaryOptions {
  weight: number;
  shadow?: number;
  minRequests?: number;
  maxErrorRate?: number;
  maxLatencyRatio?: number;
  maxDisagreement?: number;
  maxDrift?: number;
  rollback: boolean;
}

function write({ out, json }: Context, traffic: Traffic): void {
  if (json) return writeDocument(out, Traffic.toJSON(traffic));
  const { model, canary, shadow, lastRollback } = traffic;
  if (canary) out.line(`${model}: version ${canary.version} is the canary and gets ${canary.weight} % of the calls${canary.rollback?.disabled ? '' : '; it is rolled back by itself if it does worse than production'}.`);
  if (shadow) out.line(`${model}: version ${shadow.version} is the shadow and answers a copy of ${shadow.percent} % of production's calls, for comparison.`);
  if (!canary && !shadow) out.line(`${model} has no canary and no shadow: production answers every call that names no version.`);
  if (lastRollback) out.line(`Last rolled back: ${lastRollback}.`);
}

async function show(context: Context, model: string): Promise<void> {
  write(context, await context.client.models.getTraffic({ model }));
}

async function canary(context: Context, model: string, version: bigint, options: CanaryOptions): Promise<void> {
  const { models } = context.client;
  const { shadow: before } = await models.getTraffic({ model });
  const { weight, minRequests, maxErrorRate, maxLatencyRatio, maxDisagreement, maxDrift } = options;
  const rollback = { disabled: !options.rollback, minRequests, maxErrorRate, maxLatencyRatio, maxDisagreement, maxDrift };
  const shadow = options.shadow === undefined ? before : { version, percent: options.shadow };
  write(context, await models.setTraffic({ model, canary: { version, weight, rollback }, shadow }));
}

async function shadow(context: Context, model: string, version: bigint, options: { percent: number }): Promise<void> {
  const { models } = context.client;
  const before = await models.getTraffic({ model });
  write(context, await models.setTraffic({ model, canary: before.canary, shadow: options.percent === 0 ? undefined : { version, percent: options.percent } }));
}

async function rollback({ client, out, json }: Context, model: string, options: { reason?: string }): Promise<void> {
  const response = await client.models.rollback({ model, reason: options.reason });
  if (json) return writeDocument(out, RollbackResponse.toJSON(response));
  const { endedCanary, production, previous } = response;
  const done = endedCanary > 0n ? `the canary, version ${endedCanary} of ${model}, is ended; version ${production} answers every call` : `production of ${model} is version ${production} again (before: version ${previous})`;
  out.line(`${out.paint('green', '✓')} ${done}.`);
}

export function addTrafficCommands(program: Command): void {
  const share = number(0, 1);
  program
    .command('canary')
    .description('give part of the calls to a version; it is rolled back by itself if it does worse than production')
    .argument('<model>')
    .argument('<version>', '', parseVersion)
    .option('--weight <percent>', 'of the calls that name no version; 0: only those with the label canary', number(0, 100, true), 10)
    .option('--shadow <percent>', 'also let it answer a copy of so many of production\'s calls, to compare', number(1, 100, true))
    .option('--min-requests <n>', 'calls to wait for before it is judged (default: 50)', number(1, 1_000_000, true))
    .option('--max-error-rate <share>', 'by which its failed calls may exceed production\'s (default: 0.05)', share)
    .option('--max-latency-ratio <x>', 'of its median latency to production\'s (default: 3)', number(1, 1000))
    .option('--max-disagreement <share>', 'of its answers\' values that may differ from production\'s; needs --shadow', share)
    .option('--max-drift <deviations>', 'by which its answers\' confidence, reconstruction error and the like may be worse than production\'s; 0: not looked at (default: 0.5)', number(0, 100))
    .option('--no-rollback', 'never roll back by itself')
    .action(action(canary));
  program
    .command('shadow')
    .description('let a version answer a copy of production\'s calls, for comparison only')
    .argument('<model>')
    .argument('<version>', '', parseVersion)
    .option('--percent <percent>', '0 ends it', number(0, 100, true), 10)
    .action(action(shadow));
  program.command('rollback').description('end a model\'s canary, or without one go back to the production version before').argument('<model>').option('--reason <text>', 'kept with the model').action(action(rollback));
  program.command('traffic').description('show a model\'s canary and shadow').argument('<model>').action(action(show));
}
