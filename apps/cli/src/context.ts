import type { Command } from 'commander';
import { connect, type QuartetClient } from '@quartet/client';
import { readSettings, type Settings } from '@quartet/contracts';
import { openOutput, type Output } from './output';
import { readLive } from './platform/pid-file';

/** What every command works with. */
export interface Context {
  readonly out: Output;
  readonly err: Output;
  /** Output for programs: one JSON document, or JSON lines where the command streams. */
  readonly json: boolean;
  readonly settings: Settings;
  readonly client: QuartetClient;
}

export interface GlobalOptions {
  json?: boolean;
  address?: string;
  token?: string;
  tlsCa?: string;
  tlsCert?: string;
  tlsKey?: string;
}

/** The settings of the environment, with what the command line says of how to reach the gateway. */
function settingsFor({ token, tlsCa, tlsCert, tlsKey }: GlobalOptions): Settings {
  const settings = readSettings();
  return {
    ...settings,
    QUARTET_TOKEN: token ?? settings.QUARTET_TOKEN,
    QUARTET_TLS_CA: tlsCa ?? settings.QUARTET_TLS_CA,
    QUARTET_TLS_CERT: tlsCert ?? settings.QUARTET_TLS_CERT,
    QUARTET_TLS_KEY: tlsKey ?? settings.QUARTET_TLS_KEY,
  };
}

/**
 * Where the gateway is: `--address`; else what the environment says; else where the platform of this QUARTET_HOME runs;
 * else the default.
 */
function gatewayAddress(settings: Settings, given: string | undefined): string {
  if (given) return given;
  const explicit = process.env['QUARTET_HOST'] || Number(process.env['QUARTET_GATEWAY_PORT']) > 0;
  const running = explicit ? undefined : readLive(settings.QUARTET_HOME, 'gateway');
  return running?.address ?? `${settings.QUARTET_HOST}:${settings.QUARTET_GATEWAY_PORT}`;
}

/** Makes a commander action of a function that gets the context first, and closes what it opened. */
export function action<A extends unknown[]>(run: (context: Context, ...args: A) => Promise<void>): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    const options: GlobalOptions = command.optsWithGlobals();
    const settings = settingsFor(options);
    let client: QuartetClient | undefined;
    const context: Context = {
      out: openOutput(process.stdout),
      err: openOutput(process.stderr),
      json: options.json === true,
      settings,
      get client() {
        return (client ??= connect({ settings, address: gatewayAddress(settings, options.address) }));
      },
    };
    try {
      await run(context, ...(args.slice(0, -1) as A));
    } finally {
      client?.close();
    }
  };
}
