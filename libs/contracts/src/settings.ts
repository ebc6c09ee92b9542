import { resolve } from 'node:path';
import { QuartetError } from './errors';

/** How the text of an environment variable becomes a value. */
interface Setting<T> {
  readonly default: T;
  /** One line for the table in docs/settings.md. */
  readonly doc: string;
  readonly parse: (text: string) => T | undefined;
  /** What `parse` accepts, for the error message and the table. */
  readonly accepts: string;
}

const text = (fallback: string, doc: string): Setting<string> => ({ default: fallback, doc, parse: (s) => s, accepts: 'text' });

const integer = (fallback: number, min: number, max: number, doc: string): Setting<number> => ({
  default: fallback,
  doc,
  parse: (s) => (/^\d+$/.test(s) && Number(s) >= min && Number(s) <= max ? Number(s) : undefined),
  accepts: `whole number from ${min} to ${max}`,
});

const choice = <T extends string>(fallback: T, options: readonly T[], doc: string): Setting<T> => ({
  default: fallback,
  doc,
  parse: (s) => options.find((o) => o === s),
  accepts: options.join(', '),
});

/** Every setting of the platform: the environment variable, its default and what it does. docs/settings.md is made from it. */
export const SETTINGS = {
  QUARTET_HOME: text('./.quartet', 'Folder for all state of a local platform: blobs, database, logs, process ids'),
  QUARTET_HOST: text('127.0.0.1', 'Address that the servers bind to'),
  QUARTET_GATEWAY_PORT: integer(50050, 0, 65535, 'Port of the gateway; 0 takes a free one'),
  QUARTET_CNN_PORT: integer(50051, 0, 65535, 'Port of the CNN service'),
  QUARTET_RNN_PORT: integer(50052, 0, 65535, 'Port of the RNN service'),
  QUARTET_GAN_PORT: integer(50053, 0, 65535, 'Port of the GAN service'),
  QUARTET_AUTOENCODER_PORT: integer(50054, 0, 65535, 'Port of the autoencoder service'),
  QUARTET_REGISTRY_PORT: integer(50060, 0, 65535, 'Port of the registry'),
  QUARTET_REGISTRY_ADDRESS: text('', 'Where the services and the gateway find the registry; empty: QUARTET_HOST and QUARTET_REGISTRY_PORT'),
  QUARTET_GATEWAY_ADDRESS: text('', 'Where a family finds the models of another: a captioner its CNN; empty: QUARTET_HOST and QUARTET_GATEWAY_PORT'),
  QUARTET_CNN_ADDRESS: text('', 'Where the gateway finds the CNN service; empty: QUARTET_HOST and QUARTET_CNN_PORT'),
  QUARTET_RNN_ADDRESS: text('', 'Where the gateway finds the RNN service; empty: QUARTET_HOST and QUARTET_RNN_PORT'),
  QUARTET_GAN_ADDRESS: text('', 'Where the gateway finds the GAN service; empty: QUARTET_HOST and QUARTET_GAN_PORT'),
  QUARTET_AUTOENCODER_ADDRESS: text('', 'Where the gateway finds the autoencoder service; empty: QUARTET_HOST and QUARTET_AUTOENCODER_PORT'),
  QUARTET_DATABASE_URL: text('', 'postgres:// URL of the registry\'s database; empty: the embedded one under QUARTET_HOME'),
  QUARTET_BLOB_URL: text('', 'file:// folder or s3://bucket[/prefix][?endpoint=...] for blobs; empty: QUARTET_HOME/blobs'),
  QUARTET_IMPORT_ROOT: text('', 'Folder below which file: URIs may be imported by the registry; empty: none'),
  QUARTET_IMPORT_S3_ENDPOINTS: text('', 'Endpoints, separated by commas, that s3: URIs of imports may name beside that of QUARTET_BLOB_URL: the registry\'s requests, signed with its credentials, go nowhere else'),
  QUARTET_TLS_CERT: text('', 'PEM file with the certificate chain that this process shows, as a server and to the services it calls; read again when it changes'),
  QUARTET_TLS_KEY: text('', 'PEM file with the private key of QUARTET_TLS_CERT'),
  QUARTET_TLS_CA: text('', 'PEM file with the authorities that peers\' certificates are checked by, or "system" for the usual public ones; set, every call goes over TLS'),
  QUARTET_TLS_CLIENT_AUTH: choice('none', ['none', 'require'], 'Whether a server takes only callers with a certificate of QUARTET_TLS_CA (mTLS)'),
  QUARTET_AUTH_TOKENS: text('', 'JSON file of static tokens, as SHA-256 each, with the roles of each; read again when it changes'),
  QUARTET_AUTH_JWKS: text('', 'File or https:// URL of the JSON Web Key Set that callers\' JWTs are checked by'),
  QUARTET_AUTH_ISSUER: text('', 'What a JWT must name as its issuer (iss)'),
  QUARTET_AUTH_AUDIENCE: text('', 'What a JWT must name as its audience (aud)'),
  QUARTET_TOKEN: text('', 'Bearer token that the client and the CLI send; @FILE: the content of a file, read again when it changes'),
  QUARTET_SERVICE_TOKEN: text('', 'Bearer token of Quartet\'s own processes for their own calls, with the role service; @FILE as above'),
  QUARTET_INSECURE: choice('false', ['false', 'true'], 'true: a server may be reached from other machines without TLS or without authentication, and a token may be sent in the clear'),
  QUARTET_REFLECTION: choice('on', ['on', 'off'], 'Whether servers describe themselves to anyone who asks (gRPC reflection)'),
  QUARTET_HEALTH_PORT: integer(0, 0, 65535, 'Port for grpc.health.v1 alone, never TLS, for probes; 0: off'),
  QUARTET_AUDIT_FILE: text('', 'File to which each change is appended as a JSON line: who, what, when, outcome; empty: the log'),
  QUARTET_MAX_MESSAGE_BYTES: integer(64 * 1024 * 1024, 1024, 1024 ** 3, 'Largest gRPC message, both ways'),
  QUARTET_MAX_UPLOAD_BYTES: integer(8 * 1024 ** 3, 1024, 1024 ** 5, 'Largest data set upload or import'),
  QUARTET_MAX_IMPORT_BYTES: integer(1024 ** 3, 1024, 1024 ** 4, 'Largest model file in an import, and what it unpacks to'),
  QUARTET_IMPORT_MS: integer(300_000, 100, 86_400_000, 'A model file that is not read after so long is refused'),
  QUARTET_MAX_DATASET_FILES: integer(1_000_000, 1, 100_000_000, 'Most files in one data set, archives unpacked'),
  QUARTET_MAX_BATCH: integer(256, 1, 65536, 'Most examples in one inference request'),
  QUARTET_BATCH_WAIT_MS: integer(2, 0, 10_000, 'Longest that inference requests wait for others to share a batch with; they do until there are as many as batches lately had'),
  QUARTET_MAX_AUDIO_SECONDS: integer(120, 1, 600, 'Longest recording or live sound in one call of Transcribe'),
  QUARTET_AUDIO_IDLE_MS: integer(60_000, 100, 3_600_000, 'A call of Transcribe ends when no audio comes for longer'),
  QUARTET_FFMPEG: text('', 'Program that decodes video files; empty: ffmpeg on the PATH, else the one that `npm run setup -- --video` puts into QUARTET_CACHE'),
  QUARTET_MAX_VIDEO_SECONDS: integer(300, 1, 86_400, 'Longest video file'),
  QUARTET_MAX_VIDEO_PIXELS: integer(8_912_896, 64, 1_000_000_000, 'Most pixels in a frame of a video file'),
  QUARTET_VIDEO_DECODE_MS: integer(60_000, 100, 3_600_000, 'Longest that the decoding of a video file may take'),
  QUARTET_VIDEO_DECODERS: integer(2, 1, 256, 'Most video files that a service decodes at once; others wait'),
  QUARTET_VIDEO_IDLE_MS: integer(60_000, 100, 3_600_000, 'A call of ClassifyStream ends when no frame comes for longer'),
  QUARTET_MAX_STREAM_FRAMES: integer(1_000_000, 1, 1_000_000_000, 'Most frames in one call of ClassifyStream'),
  QUARTET_CNN_MAX_STREAMS: integer(200, 1, 1_000_000, 'Most calls of ClassifyStream in a CNN service at once; more get RESOURCE_EXHAUSTED'),
  QUARTET_MAX_QUEUE: integer(1024, 1, 1_000_000, 'Most inference requests waiting in a service; more get RESOURCE_EXHAUSTED'),
  QUARTET_MODELS: text('', 'Models that a family service serves, names separated by commas, in which * stands for any characters; calls for others are refused, and it is SERVING once it has loaded these; empty: all of its family'),
  QUARTET_ENGINE_WORKERS: integer(1, 1, 64, 'Worker threads for inference in a family service'),
  QUARTET_ENGINE_THREADS: integer(0, 0, 1024, 'Threads a TensorFlow context uses; 0: one a core'),
  QUARTET_SERVING_THREADS: integer(0, 0, 1024, 'Threads a TensorFlow context uses for inference; 0: one less than for training, at least one, since a core goes to taking in requests'),
  QUARTET_GPU_MEMORY_MB: integer(0, 0, 16_777_216, 'Most memory that a process takes of each GPU, in MiB; it takes it as it needs it; 0: any'),
  QUARTET_UNLABELLED_VERSIONS: integer(4, 0, 1024, 'Versions without a label that a family service holds in memory; the least recently used ones leave'),
  QUARTET_TRAINING_SLOTS: integer(1, 0, 64, 'Training processes that a family service runs at once; 0: none'),
  QUARTET_LEASE_MS: integer(10_000, 500, 600_000, 'A job whose worker was silent for so long goes to another'),
  QUARTET_MEMORY_TRIM_MS: integer(60_000, 0, 86_400_000, 'How often a service gives memory that it no longer needs back to the system; 0: never, whatever it needed once stays with it'),
  QUARTET_MAX_CONNECTION_AGE_MS: integer(300_000, 100, 86_400_000, 'A server asks its clients for a new connection after so long, so that they find new replicas; calls under way go on'),
  QUARTET_MAX_RESETS_PER_SECOND: integer(2000, 1, 1_000_000, 'Calls a second that a peer may cancel, or let pass their deadline, over one connection, ten seconds\' worth at once; more end the connection, as a guard against "rapid reset"'),
  QUARTET_KEEPALIVE_MS: integer(30_000, 1000, 7_200_000, 'Pings on a quiet connection, from both ends; one that stays unanswered ends it'),
  QUARTET_GATEWAY_RETRIES: integer(2, 0, 4, 'How often the gateway sends a call again that the proto marks as safe to repeat and that met UNAVAILABLE; 0: never'),
  QUARTET_GATEWAY_RETRY_BUDGET: integer(100, 0, 1000, 'Retries stop while more than half of so many tokens are spent: a failed call costs one, ten good ones earn one; 0: no such limit'),
  QUARTET_GATEWAY_HEDGE_MS: integer(0, 0, 60_000, 'A call that only reads goes to a second replica as well if it has no answer after so long; replaces its retries; 0: never'),
  QUARTET_GATEWAY_EJECT_PERCENT: integer(85, 0, 100, 'A replica of which so many percent of at least 50 calls in 10 s failed gets none for 30 s; 0: never'),
  QUARTET_GATEWAY_MAX_CALLS: integer(4096, 1, 1_000_000, 'Most calls under way from a gateway to one service; more get RESOURCE_EXHAUSTED'),
  QUARTET_GATEWAY_BREAKER_FAILURES: integer(50, 0, 1_000_000, 'After so many calls in a row to which a service gave no answer at all, the gateway answers UNAVAILABLE by itself; 0: never'),
  QUARTET_GATEWAY_BREAKER_MS: integer(5000, 10, 3_600_000, 'After so long one call is let through to see whether the service is back'),
  QUARTET_MODEL_PODS: text('', 'JSON file of the models with pods of their own: the gateway sends their calls there, and the pods of their family hold them only when called; read again when it changes, and may come later; empty: none'),
  QUARTET_GATEWAY_MODEL_FALLBACK: choice('none', ['none', 'family'], 'Where the calls for such a model go while its own pods do not serve: nowhere, or to the pods of its family'),
  QUARTET_GATEWAY_HOLD_MS: integer(0, 0, 3_600_000, 'Longest that the gateway holds a call for a family or a model without a pod, until one comes; 0: such calls are refused'),
  QUARTET_GATEWAY_HOLD_CALLS: integer(256, 1, 1_000_000, 'Most calls that a gateway holds so at once; more get RESOURCE_EXHAUSTED'),
  QUARTET_GATEWAY_HOLD_BYTES: integer(128 * 1024 * 1024, 1024, 1024 ** 4, 'Most bytes in the requests of such calls; more get RESOURCE_EXHAUSTED'),
  QUARTET_SCALER_PORT: integer(0, 0, 65535, 'Port on which the gateway tells KEDA which families and models to scale (external scaler); with TLS only to those with a certificate; 0: off'),
  QUARTET_SCALER_IDLE_MS: integer(60_000, 100, 86_400_000, 'A family or a model without calls for so long is inactive for KEDA'),
  QUARTET_SCALER_PEERS: text('', 'Where the other gateways tell this, host:port separated by commas, all addresses of each name: what they say is added up; empty: there are none'),
  QUARTET_TENANT_HEADER: text('quartet-tenant', 'Metadata key that names the tenant of a call'),
  QUARTET_TENANT_RATE: integer(0, 0, 1_000_000, 'Calls a second that a gateway takes from each tenant; 0: any number'),
  QUARTET_TENANT_BURST: integer(0, 0, 1_000_000, 'Calls that a tenant may have saved up; 0: those of two seconds'),
  QUARTET_TENANT_DAILY_CALLS: integer(0, 0, 1_000_000_000, 'Calls a day (UTC) that a gateway takes from each tenant; 0: any number'),
  QUARTET_TENANT_LIMITS: text('', 'Limits of single tenants as JSON: {"gold": {"rate": 100, "burst": 200, "dailyCalls": 0}}; what is left out is as above'),
  QUARTET_DRAIN_MS: integer(20_000, 0, 3_600_000, 'Longest wait for accepted requests on SIGTERM'),
  QUARTET_RNN_SESSION_IDLE_MS: integer(300_000, 100, 86_400_000, 'A live session of the RNN service ends when it is idle for longer'),
  QUARTET_RNN_MAX_SESSIONS: integer(1000, 1, 1_000_000, 'Most live sessions in an RNN service; more get RESOURCE_EXHAUSTED'),
  QUARTET_RNN_MAX_STREAMS: integer(200, 1, 1_000_000, 'Most streams of sound that an RNN service transcribes at once; more get RESOURCE_EXHAUSTED'),
  QUARTET_LOG_LEVEL: choice('info', ['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'Lowest level that is logged'),
  QUARTET_CONSOLE_PORT: integer(0, 0, 65535, 'Port on which the gateway serves the console, a web page; 0: off'),
  QUARTET_METRICS_PORT: integer(0, 0, 65535, 'Port for Prometheus metrics at /metrics; 0: off'),
  QUARTET_TRACE_DIR: text('', 'Folder into which each process writes its spans, one JSON line each; empty: off'),
  QUARTET_OTLP_ENDPOINT: text('', 'OTLP gRPC endpoint for spans; empty: off'),
  QUARTET_CACHE: text('', 'Folder for fetched packages (TensorFlow, data sets) and unpacked artefacts; empty: ~/.cache/quartet'),
  QUARTET_CACHE_BYTES: integer(20 * 1024 ** 3, 1024, 1024 ** 5, 'Bytes that unpacked artefacts, and that training data, may each take in QUARTET_CACHE; the least recently used leave'),
  QUARTET_ACCELERATOR: choice('cpu', ['cpu', 'cuda'], 'Which TensorFlow the set-up installs'),
} as const;

type ValueOf<S> = S extends Setting<infer T> ? T : never;
export type Settings = { -readonly [K in keyof typeof SETTINGS]: ValueOf<(typeof SETTINGS)[K]> };

/**
 * Reads the settings from an environment.
 * @throws QuartetError INVALID_FIELD naming the variable, what it holds and what it takes.
 */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const entries = Object.entries(SETTINGS).map(([name, setting]) => {
    const value = env[name];
    if (value === undefined || value === '') return [name, setting.default];
    const parsed = setting.parse(value);
    if (parsed === undefined) {
      throw QuartetError.invalid(name, `is "${value}"; it takes: ${setting.accepts}. Unset it for the default, ${setting.default}.`);
    }
    return [name, parsed];
  });
  const settings = Object.fromEntries(entries) as Settings;
  settings.QUARTET_HOME = resolve(settings.QUARTET_HOME);
  settings.QUARTET_REGISTRY_ADDRESS ||= `${settings.QUARTET_HOST}:${settings.QUARTET_REGISTRY_PORT}`;
  settings.QUARTET_GATEWAY_ADDRESS ||= `${settings.QUARTET_HOST}:${settings.QUARTET_GATEWAY_PORT}`;
  settings.QUARTET_CNN_ADDRESS ||= `${settings.QUARTET_HOST}:${settings.QUARTET_CNN_PORT}`;
  settings.QUARTET_RNN_ADDRESS ||= `${settings.QUARTET_HOST}:${settings.QUARTET_RNN_PORT}`;
  settings.QUARTET_GAN_ADDRESS ||= `${settings.QUARTET_HOST}:${settings.QUARTET_GAN_PORT}`;
  settings.QUARTET_AUTOENCODER_ADDRESS ||= `${settings.QUARTET_HOST}:${settings.QUARTET_AUTOENCODER_PORT}`;
  settings.QUARTET_BLOB_URL ||= `file://${settings.QUARTET_HOME}/blobs`;
  settings.QUARTET_CACHE ||= resolve(env['XDG_CACHE_HOME'] || resolve(env['HOME'] || '.', '.cache'), 'quartet');
  return settings;
}
