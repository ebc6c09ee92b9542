import type { autoencoder } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { manifestOf } from './model-info';

/** What a version loses, and whether it merely copies: what its training measured at its end. */
export async function report(runtime: FamilyRuntime, request: autoencoder.ReportRequest, call: CallScope): Promise<autoencoder.ReportResponse> {
  const version = await runtime.resolve(request.model, call);
  const { lost, metrics, finding } = manifestOf(version).extra.watched;
  return { lost, watch: { ...metrics }, verdict: '', evidence: '', remedy: '', ...finding, modelVersion: version.version };
}
