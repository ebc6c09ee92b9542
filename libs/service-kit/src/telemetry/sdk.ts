import { hostname } from 'node:os';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { GrpcInstrumentation } from '@opentelemetry/instrumentation-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Settings } from '@quartet/contracts/dist/settings';
import { createLogger } from '../logging/logger';
import { SpanFileExporter } from './span-file';

/** What the kit itself serves on every port; spans of probes and of reflection would only hide the others. */
const UNTRACED = ['Check', 'Watch', 'List', 'ServerReflectionInfo'];

/** A process whose metrics port is taken (a second one on the same machine) says so and works on without. */
function serveMetrics(service: string, settings: Settings): PrometheusExporter {
  const { QUARTET_HOST: host, QUARTET_METRICS_PORT: port } = settings;
  const exporter = new PrometheusExporter({ host, port, preventServerStart: true });
  exporter.startServer().catch((err: unknown) => {
    createLogger({ service, level: settings.QUARTET_LOG_LEVEL }).warn(
      { err },
      `no metrics from this process: cannot listen on ${host}:${port}; give it a QUARTET_METRICS_PORT of its own, or 0`,
    );
  });
  return exporter;
}

/** Builds the OpenTelemetry SDK that the settings ask for. Loading this file loads the SDK, so `start` does it late. */
export function buildSdk(service: string, settings: Settings): NodeSDK {
  const spanProcessors: SpanProcessor[] = [];
  if (settings.QUARTET_TRACE_DIR) {
    const exporter = new SpanFileExporter(settings.QUARTET_TRACE_DIR, service);
    // A killed process loses what it hasn't written yet, so it writes often.
    spanProcessors.push(new BatchSpanProcessor({ exporter, scheduledDelayMillis: 200 }));
  }
  if (settings.QUARTET_OTLP_ENDPOINT) {
    spanProcessors.push(new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: settings.QUARTET_OTLP_ENDPOINT }) }));
  }
  const metricReaders = settings.QUARTET_METRICS_PORT ? [serveMetrics(service, settings)] : [];
  return new NodeSDK({
    resource: resourceFromAttributes({
      'service.name': service,
      'service.namespace': 'quartet',
      'host.name': hostname(),
      'process.pid': process.pid,
    }),
    autoDetectResources: false,
    instrumentations: [new GrpcInstrumentation({ ignoreGrpcMethods: UNTRACED })],
    spanProcessors,
    metricReaders,
    logRecordProcessors: [],
  });
}
