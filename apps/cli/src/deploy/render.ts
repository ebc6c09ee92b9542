import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { AdviceError } from '../output';
import { workspaceRoot } from '../platform/services';
import type { ModelDeployment } from './model-deployment';

/** An object of the Kubernetes API. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  spec?: Record<string, unknown>;
  /** Of a ConfigMap. */
  data?: Record<string, string>;
}

interface Deployment extends KubernetesObject {
  spec: { template: { metadata?: object; spec: { serviceAccountName: string; containers: [Container] } }; selector?: object };
}

interface Container {
  image: string;
  env: { name: string; value?: string }[];
  resources: { requests: Record<string, unknown>; limits: Record<string, unknown> };
}

/** The manifests that every family's service is made of, so that a model's own pods differ from them by what its file says only. */
function template<T extends KubernetesObject>(file: string): T {
  const path = join(workspaceRoot(), 'deploy', 'base', 'family', file);
  if (!existsSync(path)) throw new AdviceError(`the template ${path} is missing`, 'run it from a clone of the repository');
  return parse(readFileSync(path, 'utf8')) as T;
}

const COMMON = { 'app.kubernetes.io/name': 'quartet', 'app.kubernetes.io/part-of': 'quartet' };

/**
 * The objects of these models' pods, and the list of the models by which the gateway finds those pods. It is one object for all, so
 * models with pods of their own are rendered together.
 */
export function renderModels(models: readonly ModelDeployment[]): KubernetesObject[] {
  const listed = models.map(({ metadata: { name: model }, spec: { family } }) => ({
    model,
    family,
    address: `dns:///${family}-${model}:50051`,
    // Its pods show the certificate of the family.
    serverName: family,
  }));
  const list: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    // What the base's Deployments mount.
    metadata: { name: 'quartet-models', labels: COMMON },
    data: { 'models.json': `${JSON.stringify({ models: listed }, undefined, 2)}\n` },
  };
  return [list, ...models.flatMap(renderModel)];
}

/**
 * The objects of a model's own pods: Deployment, headless Service, PodDisruptionBudget, HorizontalPodAutoscaler (or KEDA's ScaledObject, where
 * there may be no pods) and, with a route, GRPCRoute. They are meant to be a resource of an overlay, whose components then add state, GPUs and certificates to them as to the
 * families' (by the labels quartet/role and quartet/family).
 */
function renderModel({ metadata: { name: model }, spec }: ModelDeployment): KubernetesObject[] {
  const name = `${spec.family}-${model}`;
  const labels = {
    ...COMMON,
    'app.kubernetes.io/component': name,
    'quartet/family': spec.family,
    'quartet/role': 'serve',
    'quartet/model': model,
  };
  // The families' Services select by component, and so take no pod of these.
  const selector = { 'app.kubernetes.io/name': 'quartet', 'app.kubernetes.io/component': name };
  const metadata = { name, labels };
  const service = template('service.yaml');
  const budget = template('disruption-budget.yaml');
  const objects: KubernetesObject[] = [
    deployment(model, spec, metadata, selector),
    { ...service, metadata, spec: { ...service.spec, selector } },
    { ...budget, metadata, spec: { ...budget.spec, selector: { matchLabels: selector } } },
    spec.replicas.min === 0 ? scaledObject(model, spec, metadata) : autoscaler(spec, metadata),
  ];
  if (spec.route) objects.push(route(spec.route, metadata, model));
  return objects;
}

type Metadata = Required<KubernetesObject['metadata']>;

function deployment(model: string, spec: ModelDeployment['spec'], metadata: Metadata, matchLabels: Record<string, string>): Deployment {
  const made = template<Deployment>('deployment.yaml');
  const pod = made.spec.template.spec;
  pod.serviceAccountName = spec.family;
  const [container] = pod.containers;
  container.image = spec.image ?? container.image;
  Object.assign(container.resources.requests, spec.requests);
  Object.assign(container.resources.limits, spec.limits);
  const settings = { QUARTET_MODELS: model, ...spec.settings };
  container.env.push(...Object.entries(settings).map(([variable, value]) => ({ name: variable, value: String(value) })));
  return { ...made, metadata, spec: { ...made.spec, selector: { matchLabels }, template: { metadata: { labels: metadata.labels }, spec: pod } } };
}

/** Quickly up, slowly down. */
const BEHAVIOR = { scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } };

function autoscaler({ replicas, queueLength }: ModelDeployment['spec'], metadata: Metadata): KubernetesObject {
  const target = { type: 'AverageValue', averageValue: String(queueLength) };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name },
      minReplicas: replicas.min,
      maxReplicas: replicas.max,
      metrics: [{ type: 'Pods', pods: { metric: { name: 'quartet_queue_length' }, target } }],
      behavior: BEHAVIOR,
    },
  };
}

/** Where KEDA's operator, in a namespace of its own, finds the gateway's scaler: the component scale-to-zero opens it. */
const SCALER = 'gateway.quartet.svc:50070';

/** Between none and `max` by KEDA, which asks the gateway: it alone knows of calls while there is no pod. */
function scaledObject(model: string, { family, replicas, queueLength }: ModelDeployment['spec'], { name, labels }: Metadata): KubernetesObject {
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    // By the label the component scale-to-zero-tls finds it.
    metadata: { name, labels: { ...labels, 'quartet/scaler': 'gateway' } },
    spec: {
      scaleTargetRef: { name },
      minReplicaCount: 0,
      maxReplicaCount: replicas.max,
      pollingInterval: 10,
      cooldownPeriod: 300,
      advanced: { horizontalPodAutoscalerConfig: { behavior: BEHAVIOR } },
      triggers: [{ type: 'external-push', metadata: { scalerAddress: SCALER, family, model, requestsPerPod: String(queueLength) } }],
    },
  };
}

function route({ hostnames, gateway }: NonNullable<ModelDeployment['spec']['route']>, metadata: Metadata, model: string): KubernetesObject {
  const headers = [{ type: 'Exact', name: 'quartet-model', value: model }];
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GRPCRoute',
    metadata,
    spec: { parentRefs: [gateway], hostnames, rules: [{ matches: [{ headers }], backendRefs: [{ name: metadata.name, port: 50051 }] }] },
  };
}
