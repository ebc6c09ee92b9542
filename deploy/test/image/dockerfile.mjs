// What the Dockerfile's runtime stage says, so that the tests run that and no copy of it.
import { readFileSync } from 'node:fs';
import { inRoot } from '../../../tools/setup/paths.mjs';

/** @returns `{ text, runs, args, env }`: its RUN commands in their order, ARG and ENV as `{ NAME: value }`. */
export function runtimeStage(dockerfile = readFileSync(inRoot('deploy/Dockerfile'), 'utf8')) {
  const [, text] = /^FROM \S+ AS runtime$([^]*?)^FROM /m.exec(dockerfile) ?? [];
  if (!text) throw new Error('deploy/Dockerfile has no stage `runtime`');
  const lines = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n/g, ' ').split('\n');
  const of = (name) => lines.flatMap((line) => new RegExp(`^${name}\\s+(.*)$`).exec(line)?.[1] ?? []);
  const pairs = (name) => Object.fromEntries(of(name).flatMap((line) => line.trim().split(/\s+/)).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
  return { text, runs: of('RUN'), args: pairs('ARG'), env: pairs('ENV') };
}
