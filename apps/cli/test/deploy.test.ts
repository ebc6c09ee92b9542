import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { runCli } from '../src/testing/run-cli';

/** What came out of YAML or JSON; the expectations say what it is. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any shape
type Loose = any;

const root = join(__dirname, '../../..');
const example = join(root, 'deploy/examples/digits.yaml');

describe('quartet deploy render', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quartet-deploy-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function file(name: string, text: string): string {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  }

  it('writes the manifests of a model with pods of its own', async () => {
    const { code, stdout, stderr } = await runCli(['deploy', 'render', example]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const objects: Loose[] = parseAllDocuments(stdout).map((document) => document.toJS() as unknown);
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(
      ['ConfigMap quartet-models', ...['Deployment', 'Service', 'PodDisruptionBudget', 'HorizontalPodAutoscaler', 'GRPCRoute'].map((kind) => `${kind} cnn-digits`)],
    );
    const [list, deployment, service, budget, autoscaler, route] = objects;
    const pod = deployment.spec.template;
    expect(JSON.parse(list.data['models.json'])).toEqual({ models: [{ model: 'digits', family: 'cnn', address: `dns:///${service.metadata.name}:50051`, serverName: 'cnn' }] });
    expect(pod.metadata.labels).toMatchObject({ 'quartet/family': 'cnn', 'quartet/model': 'digits', 'quartet/role': 'serve' });
    const selectors = [deployment.spec.selector.matchLabels, service.spec.selector, budget.spec.selector.matchLabels];
    for (const selector of selectors) {
      expect(selector).toEqual({ 'app.kubernetes.io/name': 'quartet', 'app.kubernetes.io/component': 'cnn-digits' });
      expect(pod.metadata.labels).toMatchObject(selector);
    }
    expect(pod.spec.containers[0].resources).toEqual({
      requests: { cpu: '2', memory: '2Gi', 'ephemeral-storage': '1Gi' },
      limits: { cpu: '4', memory: '6Gi', 'ephemeral-storage': '32Gi' },
    });
    for (const [name, value] of [['QUARTET_MODELS', 'digits'], ['QUARTET_MAX_BATCH', '128']]) expect(pod.spec.containers[0].env).toContainEqual({ name, value });
    expect(autoscaler.spec).toMatchObject({ minReplicas: 2, maxReplicas: 6, scaleTargetRef: { name: 'cnn-digits' } });
    expect(autoscaler.spec.metrics[0].pods).toEqual({ metric: { name: 'quartet_queue_length' }, target: { type: 'AverageValue', averageValue: '8' } });
    expect(route.spec.rules).toEqual([
      { matches: [{ headers: [{ type: 'Exact', name: 'quartet-model', value: 'digits' }] }], backendRefs: [{ name: 'cnn-digits', port: 50051 }] },
    ]);
  });

  it('keeps all else as the families have it', async () => {
    const plain = file('plain.yaml', 'apiVersion: quartet/v1\nkind: ModelDeployment\nmetadata: { name: air }\nspec: { family: rnn, replicas: { min: 1, max: 1 } }\n');
    const { stdout } = await runCli(['--json', 'deploy', 'render', plain]);
    const { items }: Loose = JSON.parse(stdout);
    const template: Loose = parse(readFileSync(join(root, 'deploy/base/family/deployment.yaml'), 'utf8'));
    const expected = { ...template.spec.template.spec, serviceAccountName: 'rnn' };
    (expected.containers[0].env as object[]).push({ name: 'QUARTET_MODELS', value: 'air' });
    expect(items[1].spec.template.spec).toEqual(expected);
    expect((items as { kind: string }[]).map(({ kind }) => kind)).not.toContain('GRPCRoute');
  });

  it('lists all models that it is given, in one object', async () => {
    const air = file('air.yaml', 'apiVersion: quartet/v1\nkind: ModelDeployment\nmetadata: { name: air }\nspec: { family: rnn, replicas: { min: 1, max: 1 } }\n');
    const { stdout } = await runCli(['--json', 'deploy', 'render', example, air]);
    const { items }: Loose = JSON.parse(stdout);
    const lists = (items as Loose[]).filter(({ kind }) => kind === 'ConfigMap');
    expect(lists).toHaveLength(1);
    const { models } = JSON.parse(lists[0].data['models.json']) as { models: { address: string }[] };
    expect(models.map(({ address }) => address)).toEqual(['dns:///cnn-digits:50051', 'dns:///rnn-air:50051']);
  });

  it('leaves a model without pods while nobody calls it, where its least number is 0', async () => {
    const { stdout } = await runCli(['--json', 'deploy', 'render', join(root, 'deploy/examples/faces.yaml')]);
    const { items }: Loose = JSON.parse(stdout);
    expect((items as Loose[]).map(({ kind }) => kind as string)).toEqual(['ConfigMap', 'Deployment', 'Service', 'PodDisruptionBudget', 'ScaledObject']);
    const { metadata, spec } = items[4];
    expect(metadata).toMatchObject({ name: 'gan-faces', labels: { 'quartet/scaler': 'gateway' } });
    expect(spec).toMatchObject({ scaleTargetRef: { name: 'gan-faces' }, minReplicaCount: 0, maxReplicaCount: 4 });
    expect(spec.triggers).toEqual([{ type: 'external-push', metadata: { scalerAddress: 'gateway.quartet.svc:50070', family: 'gan', model: 'faces', requestsPerPod: '16' } }]);
  });

  it('names every bad field, with what it is and what it takes', async () => {
    const bad = file(
      'bad.yaml',
      'apiVersion: quartet/v1\nkind: ModelDeployment\nmetadata: { name: Digits }\nspec: { family: rbm, replicas: { min: 3, max: 1 }, limits: { memory: lots }, settings: { QUARTET_MAX_BATCH: many, QUARTET_X: 1 }, colour: red }\n',
    );
    const { code, stderr } = await runCli(['deploy', 'render', bad]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      [
        `error: ${bad} is no ModelDeployment:`,
        '  metadata.name: takes 1 to 40 lower-case letters, digits and hyphens, a letter first; it is "Digits"',
        '  spec.family: takes one of cnn, rnn, gan, autoencoder; it is "rbm"',
        '  spec.replicas: has a min above its max',
        '  spec.limits.memory: takes a quantity of Kubernetes, such as 500m or 4Gi; it is "lots"',
        '  spec.settings.QUARTET_MAX_BATCH: is "many"; it takes: whole number from 1 to 65536',
        '  spec.settings.QUARTET_X: is no setting; docs/settings.md lists them',
        '  spec: Unrecognized key: "colour"',
        'hint: docs/operations.md shows one, and deploy/examples/ holds one',
        '',
      ].join('\n'),
    );
  });

  it('says which file is missing, empty, no YAML, or there twice', async () => {
    const render = async (...files: string[]) => (await runCli(['deploy', 'render', ...files])).stderr;
    expect(await render(join(folder, 'none.yaml'))).toContain("none.yaml can't be read: ENOENT");
    expect(await render(file('empty.yaml', '# nothing\n'))).toContain('empty.yaml holds no document');
    expect(await render(file('broken.yaml', 'spec: { a: 1\n'))).toContain('broken.yaml is no YAML: Flow map');
    expect(await render(example, example)).toContain('cnn-digits is there twice');
  });
});
