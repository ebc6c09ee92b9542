// What can be said of the manifests without a cluster. `npm run test:deploy` says the rest on a real control plane.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { before, describe, test } from 'node:test';
import { parser } from '@prometheus-io/lezer-promql';
import { runQuietly } from '../../tools/setup/command.mjs';
import { inRoot, node24 } from '../../tools/setup/paths.mjs';
import { FAMILIES, isServing, isTraining, OVERLAYS, parse, podOf, render, renderChanged } from './cluster/manifests.mjs';

const { SETTINGS } = createRequire(inRoot('conformance', 'package.json'))('@quartet/contracts/dist/settings');
/** What a pod sets beyond docs/settings.md. */
const OTHER_VARIABLES = new Set(['QUARTET_FAMILY', 'TF_FORCE_GPU_ALLOW_GROWTH', 'TF_NUM_INTRAOP_THREADS', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION']);

const read = (file) => readFileSync(inRoot('deploy/components', file), 'utf8');
const hasPods = ({ kind }) => ['Deployment', 'CronJob'].includes(kind);
const matches = (selector, labels) =>
  Object.entries(selector.matchLabels ?? {}).every(([name, value]) => labels[name] === value) &&
  (selector.matchExpressions ?? []).every(({ key, operator, values }) => operator === 'In' && values.includes(labels[key]));

for (const overlay of OVERLAYS) {
  describe(`overlay ${overlay}`, () => {
    let objects;
    let settings;
    before(async () => {
      objects = await render(overlay);
      settings = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'quartet-settings').data;
    });
    const workloads = () => objects.filter(hasPods);

    test('has a gateway, a registry and a service for each family, all in one namespace', () => {
      const deployments = objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name);
      assert.deepEqual(deployments.sort(), ['gateway', 'registry', ...FAMILIES].sort());
      const namespaces = new Set(objects.map(({ metadata }) => metadata.namespace).filter(Boolean));
      assert.deepEqual([...namespaces], ['quartet']);
      assert.equal(objects.some(isTraining), overlay !== 'cpu');
    });

    test('its pods are as restricted as can be, and bounded', () => {
      for (const workload of workloads()) {
        const { spec } = podOf(workload);
        const name = workload.metadata.name;
        assert.equal(spec.automountServiceAccountToken, false, name);
        assert.equal(spec.securityContext.runAsNonRoot, true, name);
        assert.deepEqual(spec.securityContext.seccompProfile, { type: 'RuntimeDefault' }, name);
        for (const { securityContext, resources, image } of spec.containers) {
          assert.deepEqual(securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } }, name);
          for (const kind of ['cpu', 'memory', 'ephemeral-storage']) assert.ok(resources.requests[kind] && resources.limits[kind], `${name}: ${kind}`);
          for (const [kind, amount] of Object.entries(resources.limits)) if (kind.includes('/')) assert.equal(resources.requests[kind], amount, `${name}: ${kind}`);
          assert.match(image, /^quartet(-cuda)?:\d+\.\d+\.\d+$/, name);
        }
        for (const volume of spec.volumes) if (volume.emptyDir) assert.ok(volume.emptyDir.sizeLimit, `${name}: ${volume.name}`);
      }
    });

    test('its services end after their drain, and have probes that wait for TensorFlow', () => {
      for (const workload of objects.filter(({ kind }) => kind === 'Deployment')) {
        const { terminationGracePeriodSeconds: grace, containers } = podOf(workload).spec;
        const [{ lifecycle, startupProbe, readinessProbe, livenessProbe, ports }] = containers;
        const name = workload.metadata.name;
        assert.ok(grace > lifecycle.preStop.sleep.seconds + settings.QUARTET_DRAIN_MS / 1000, name);
        assert.ok(startupProbe.periodSeconds * startupProbe.failureThreshold >= (isServing(workload) ? 300 : 60), name);
        for (const probe of [startupProbe, readinessProbe, livenessProbe]) assert.ok(ports.some(({ containerPort }) => containerPort === probe.grpc.port), name);
      }
    });

    test('every selector picks pods, and only those of one workload where it should', () => {
      const pods = workloads().map((workload) => ({ name: workload.metadata.name, labels: podOf(workload).metadata.labels }));
      const picked = (selector) => pods.filter(({ labels }) => matches(selector, labels)).map(({ name }) => name);
      for (const { kind, metadata, spec } of objects) {
        if (kind === 'Service') assert.deepEqual(picked({ matchLabels: spec.selector }), [metadata.name]);
        if (kind === 'PodDisruptionBudget' || kind === 'Deployment') assert.deepEqual(picked(spec.selector), [metadata.name]);
        if (kind === 'NetworkPolicy') {
          const peers = [...(spec.ingress ?? []).flatMap(({ from }) => from), ...(spec.egress ?? []).flatMap(({ to }) => to ?? [])];
          const own = peers.filter(({ podSelector, namespaceSelector }) => podSelector && !namespaceSelector).map(({ podSelector }) => podSelector);
          for (const selector of [spec.podSelector, ...own]) {
            if (overlay === 'cpu' && JSON.stringify(selector).includes('train') && !JSON.stringify(selector).includes('serve')) continue;
            assert.notEqual(picked(selector).length, 0, `${metadata.name}: ${JSON.stringify(selector)}`);
          }
        }
      }
    });

    test('every pod, of trainings too, may be scraped and may send its spans', () => {
      const picks = objects.filter(({ kind, metadata }) => kind === 'PodMonitor' || (kind === 'NetworkPolicy' && ['metrics', 'spans'].includes(metadata.name)));
      assert.ok(picks.length > 0);
      for (const { metadata, spec } of picks) for (const workload of workloads()) assert.ok(matches(spec.selector ?? spec.podSelector, podOf(workload).metadata.labels), `${metadata.name}: ${workload.metadata.name}`);
    });

    test('sets nothing that no process reads', () => {
      const variables = [...Object.keys(settings), ...workloads().flatMap((workload) => podOf(workload).spec.containers[0].env ?? []).map(({ name }) => name)];
      for (const name of variables) {
        const known = name in SETTINGS || OTHER_VARIABLES.has(name);
        assert.ok(known, `${name} is no setting`);
        if (settings[name] !== undefined && name in SETTINGS) assert.notEqual(SETTINGS[name].parse(settings[name]), undefined, `${name}=${settings[name]}`);
      }
    });

    test('plaintext stands behind network policies, and there is none in production', () => {
      const denied = objects.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'default-deny');
      assert.deepEqual(denied.spec, { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
      assert.equal(settings.QUARTET_INSECURE, overlay === 'production' ? undefined : 'true');
      assert.equal(settings.QUARTET_TLS_CLIENT_AUTH, overlay === 'production' ? 'require' : undefined);
    });

    test('only GPU workloads take GPUs, at a lower priority where they train', () => {
      for (const workload of workloads()) {
        const { spec } = podOf(workload);
        const takes = Object.keys(spec.containers[0].resources.limits).some((kind) => kind.startsWith('nvidia.com/')) || Boolean(spec.resourceClaims);
        assert.equal(takes, overlay !== 'cpu' && (isServing(workload) || isTraining(workload)), workload.metadata.name);
        const expected = isTraining(workload) ? 'quartet-training' : isServing(workload) ? 'quartet-serving' : 'quartet-control';
        assert.equal(spec.priorityClassName, expected);
      }
    });
  });
}

describe('production with models of their own, scaled to zero', () => {
  let objects;
  let settings;
  const all = (kind) => objects.filter((object) => object.kind === kind);
  const named = (kind, name) => all(kind).find(({ metadata }) => metadata.name === name);
  before(async () => {
    const models = await runQuietly(node24, [inRoot('apps/cli/dist/main.js'), 'deploy', 'render', inRoot('deploy/examples/digits.yaml'), inRoot('deploy/examples/faces.yaml')]);
    objects = await renderChanged('production', {
      files: { 'models.yaml': models },
      change: (text) => text.replace('resources: [../../base]', 'resources: [../../base, models.yaml]').replace('  - ../../components/training-keda\n', '  - ../../components/training-keda\n  - ../../components/scale-to-zero\n  - ../../components/scale-to-zero-tls\n'),
    });
    settings = named('ConfigMap', 'quartet-settings').data;
  });

  test("the gateway and the families' pods read the list of models, and each of them is where it says", () => {
    const list = named('ConfigMap', 'quartet-models').data;
    for (const { metadata, spec } of all('Deployment').filter(({ metadata: { name } }) => name !== 'registry')) {
      const [{ volumeMounts }] = spec.template.spec.containers;
      const volume = spec.template.spec.volumes.find(({ configMap }) => configMap?.name === 'quartet-models');
      const { mountPath } = volumeMounts.find(({ name }) => name === volume.name);
      assert.equal(volume.configMap.optional, true, metadata.name);
      const key = settings.QUARTET_MODEL_PODS.slice(mountPath.length + 1);
      assert.ok(settings.QUARTET_MODEL_PODS.startsWith(`${mountPath}/`) && key in list, metadata.name);
    }
    const { models } = JSON.parse(list['models.json']);
    assert.deepEqual(models.map(({ model }) => model), ['digits', 'faces']);
    for (const { model, family, address, serverName } of models) {
      const [, host, port] = /^dns:\/\/\/(.*):(\d+)$/.exec(address);
      const service = named('Service', host);
      assert.equal(service.spec.ports[0].port, Number(port));
      const workload = all('Deployment').find(({ spec }) => matches({ matchLabels: service.spec.selector }, spec.template.metadata.labels));
      const [{ env }] = workload.spec.template.spec.containers;
      assert.deepEqual(env.filter(({ name }) => name === 'QUARTET_MODELS'), [{ name: 'QUARTET_MODELS', value: model }]);
      assert.equal(new Set(env.map(({ name }) => name)).size, env.length, host);
      const secret = workload.spec.template.spec.volumes.find(({ name }) => name === 'tls').secret.secretName;
      const certificate = all('Certificate').find(({ spec }) => spec.secretName === secret);
      assert.ok(certificate.spec.dnsNames.includes(serverName), `${family}: ${serverName}`);
    }
  });

  test('KEDA asks the gateway where it listens, may reach it, and shows a certificate of the platform', () => {
    const scaled = all('ScaledObject').filter(({ spec }) => spec.minReplicaCount === 0);
    assert.deepEqual(scaled.map(({ metadata }) => metadata.name).sort(), [...FAMILIES, 'gan-faces'].sort());
    const gateway = named('Deployment', 'gateway').spec.template;
    const service = named('Service', 'gateway');
    const own = service.spec.ports.find(({ name }) => name === 'scaler');
    assert.equal(gateway.spec.containers[0].ports.find(({ name }) => name === own.targetPort).containerPort, Number(settings.QUARTET_SCALER_PORT));
    assert.equal(settings.QUARTET_SCALER_PEERS, `dns:///gateway:${own.port}`);
    for (const { metadata, spec } of scaled) {
      assert.ok(named('Deployment', spec.scaleTargetRef.name), metadata.name);
      const [{ type, metadata: trigger, authenticationRef }] = spec.triggers;
      assert.equal(type, 'external-push');
      assert.equal(trigger.scalerAddress, `gateway.${service.metadata.namespace}.svc:${own.port}`);
      assert.equal([trigger.family, trigger.model].filter(Boolean).join('-'), metadata.name);
      // KEDA counts a trigger that falls back as active: with Prometheus away, all that is at rest would get pods.
      assert.equal(spec.fallback, undefined, metadata.name);
      assert.ok(named('Certificate', 'gateway').spec.dnsNames.includes(trigger.scalerAddress.split(':')[0]));
      for (const { name, key } of named('TriggerAuthentication', authenticationRef.name).spec.secretTargetRef) {
        assert.ok(all('Certificate').some(({ spec: { secretName } }) => secretName === name) && ['ca.crt', 'tls.crt', 'tls.key'].includes(key));
      }
    }
    const [rule] = named('NetworkPolicy', 'scaler').spec.ingress;
    assert.deepEqual(rule.ports, [{ port: own.targetPort }]);
    assert.ok(matches(named('NetworkPolicy', 'scaler').spec.podSelector, gateway.metadata.labels));
    assert.ok(rule.from.some(({ namespaceSelector }) => namespaceSelector?.matchLabels['kubernetes.io/metadata.name'] === 'keda'));
    // KEDA is the only one that scales what it scales.
    for (const { spec } of all('HorizontalPodAutoscaler')) assert.ok(!scaled.some((object) => object.spec.scaleTargetRef.name === spec.scaleTargetRef.name));
  });

  test('sets nothing that no process reads, and nothing that cannot be read', () => {
    for (const name of ['QUARTET_SCALER_PORT', 'QUARTET_SCALER_PEERS', 'QUARTET_GATEWAY_HOLD_MS', 'QUARTET_MODEL_PODS']) {
      assert.ok(name in SETTINGS, name);
      assert.notEqual(SETTINGS[name].parse(settings[name]), undefined, name);
    }
  });
});

test('each alert has its section in the operations manual, and each section its alert', () => {
  const alerts = [...readFileSync(inRoot('deploy/components/monitoring/rules.yaml'), 'utf8').matchAll(/- alert: (\w+)[^]*?runbook: docs\/operations\.md#(\w+)/g)];
  for (const [, alert, anchor] of alerts) assert.equal(anchor, alert.toLowerCase());
  const sections = [...readFileSync(inRoot('docs/operations.md'), 'utf8').matchAll(/^### (Quartet\w+)$/gm)].map((match) => match[1]);
  assert.deepEqual(sections, alerts.map((match) => match[1]));
});

test('every query of alerts, dashboard and autoscalers is PromQL', () => {
  const queries = [
    ...parse(read('monitoring/rules.yaml')).flatMap(({ spec }) => spec.groups.flatMap(({ rules }) => rules.map(({ expr }) => expr))),
    ...JSON.parse(read('monitoring/quartet.json')).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...['autoscale-keda/gateway.yaml', 'autoscale-keda/families.yaml', 'training-keda/scaled-jobs.yaml'].flatMap((file) => parse(read(file)).flatMap(({ spec }) => spec.triggers.map(({ metadata }) => metadata.query))),
  ];
  assert.ok(queries.length > 25);
  for (const query of queries) assert.deepEqual(mistakes(query), [], query);
  assert.notDeepEqual(mistakes('sum(rate(x[5m])'), []);
});

/** Where the parser stumbles. */
function mistakes(query) {
  const found = [];
  parser.parse(query).iterate({ enter: ({ type, from }) => void (type.isError && found.push(query.slice(from))) });
  return found;
}

test('every component belongs to an overlay or is named in the operations manual', () => {
  const used = OVERLAYS.map((name) => readFileSync(inRoot('deploy/overlays', name, 'kustomization.yaml'), 'utf8')).join() + readFileSync(inRoot('docs/operations.md'), 'utf8');
  for (const name of readdirSync(inRoot('deploy/components'))) assert.ok(used.includes(`components/${name}`), name);
});
