import { Command } from 'commander';
import { addCaptionCommand } from './commands/caption';
import { addBackupCommands } from './commands/backup';
import { addClassifyCommand } from './commands/classify';
import { addAutoencoderCommands } from './commands/autoencoder-report';
import { addDataCommands } from './commands/data';
import { addDeployCommands } from './commands/deploy';
import { addExplainCommand } from './commands/explain';
import { addForecastCommand } from './commands/forecast';
import { addGenerateCommand } from './commands/generate';
import { addGanCommands } from './commands/generate-images';
import { addInspectCommand } from './commands/inspect';
import { addImportCommand } from './commands/import';
import { addJobCommands } from './commands/jobs';
import { addModelCommands } from './commands/models';
import { addPlatformCommands } from './commands/platform';
import { addPredictCommand } from './commands/predict';
import { addReconstructCommand } from './commands/reconstruct';
import { addSyntheticTestCommand } from './commands/synthetic-test';
import { addTagCommand } from './commands/tag';
import { addTrafficCommands } from './commands/traffic';
import { addTrainCommand } from './commands/train';
import { addTranscribeCommand } from './commands/transcribe';
import { addTranslateCommand } from './commands/translate';

/** The whole command line; commands are added by the files of commands/, one subject a file. */
export function buildProgram(): Command {
  const program = new Command('quartet');
  program
    .description('Trains neural networks and serves them over gRPC.')
    .version('0.1.0')
    .option('--json', 'write JSON: one document, or one line an event where the command streams')
    .option('--address <host:port>', 'address of the gateway (default: the platform of QUARTET_HOME, else 127.0.0.1:50050)')
    .option('--token <token>', 'bearer token, or @FILE that holds it (default: QUARTET_TOKEN)')
    .option('--tls-ca <file>', 'PEM file of the authority to check the gateway by, or "system"; calls go over TLS (default: QUARTET_TLS_CA)')
    .option('--tls-cert <file>', 'PEM file of the certificate to show the gateway (default: QUARTET_TLS_CERT)')
    .option('--tls-key <file>', 'PEM file of its private key (default: QUARTET_TLS_KEY)')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for what the command takes)')
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  addPlatformCommands(program);
  addBackupCommands(program);
  addDataCommands(program);
  addTrainCommand(program);
  addJobCommands(program);
  addModelCommands(program);
  addImportCommand(program);
  addTrafficCommands(program);
  addPredictCommand(program);
  addExplainCommand(program);
  addInspectCommand(program);
  addForecastCommand(program);
  addReconstructCommand(program);
  addClassifyCommand(program);
  addTagCommand(program);
  addTranscribeCommand(program);
  addTranslateCommand(program);
  addCaptionCommand(program);
  addAutoencoderCommands(program);
  addGenerateCommand(program);
  addGanCommands(program);
  addSyntheticTestCommand(program);
  addDeployCommands(program);
  return program;
}

const EXAMPLES = `
Examples:
  quartet up                                          start the platform on this machine
  quartet data import mnist builtin:mnist             load MNIST
  quartet train cnn --model digits --data mnist       train, and watch it learn
  quartet promote digits 1                            make version 1 the one that answers
  quartet predict digits seven.png                    classify an image
  quartet data import co2 builtin:co2                 load a series
  quartet train rnn --model air --data co2            learn to forecast it
  quartet forecast air@1 --data co2                   the next year, drawn

Settings are environment variables (QUARTET_HOME, QUARTET_GATEWAY_PORT, ...): see docs/settings.md.
Exit codes: 0 done, 1 failed, 2 the command line was not understood, 130 interrupted.`;
