import { join } from 'node:path';
import { END } from '../control-plane/kwok-stages.mjs';
import { VOLUMES } from './nodes.mjs';

/** Kinds outside the namespace that a test may have made. */
const CLUSTER_KINDS = ['persistentvolumes', 'nodes', 'resourceslices', 'deviceclasses'];
/** Kinds in the namespace that pods and finalizers go with. While any is left, the namespace's controller looks again only after half a pod's grace period: 20 s. */
const LASTING_KINDS = ['deployments', 'cronjobs', 'jobs', 'persistentvolumeclaims'];

/** What has befallen a pod, in short. */
const story = ({ metadata, spec, status }) =>
  `${metadata.name} ${status.phase} on ${spec.nodeName ?? 'no node'}${(status.conditions ?? []).filter((c) => c.status === 'False' && c.message).map((c) => ` (${c.message})`).join('')}`;

/** One control plane, emptied for each part of the tests. */
export class World {
  constructor(kubectl) {
    this.kubectl = kubectl;
  }

  /** Custom resources of operators; each is work for the API server again and again. @param paths files or folders: definitionOf, definitionsOf */
  async installDefinitions(paths) {
    await this.kubectl.run(['apply', '--server-side', ...paths.flatMap((path) => ['-f', path])]);
    await this.kubectl.until('custom resources are known', async () => (await this.kubectl.list('customresourcedefinitions')).every(has('Established')));
  }

  /** An empty cluster with these nodes. */
  async reset(...nodes) {
    await this.kubectl.clear(LASTING_KINDS, this.stories);
    await this.kubectl.remove('namespace', 'quartet');
    await this.kubectl.clear(CLUSTER_KINDS);
    await this.kubectl.apply([...VOLUMES, ...nodes.flat()]);
    await this.kubectl.until('all nodes are ready', async () => (await this.kubectl.list('nodes')).every(has('Ready')));
  }

  addNodes(...nodes) {
    return this.kubectl.apply(nodes.flat());
  }

  /** First as a dry run, in which the server's every warning is an error; then for real. */
  async install(objects) {
    await this.kubectl.apply(objects.filter(({ kind }) => kind === 'Namespace'), '--warnings-as-errors');
    await this.kubectl.apply(objects, '--dry-run=server', '--warnings-as-errors');
    await this.installTried(objects);
  }

  /** What was tried before, or is all but the same. */
  installTried(objects) {
    return this.kubectl.apply(objects, '--warnings-as-errors');
  }

  /** Pods of a workload (its app.kubernetes.io/component) that aren't ending. */
  async pods(component, role) {
    const selector = `app.kubernetes.io/component=${component}${role ? `,quartet/role=${role}` : ''}`;
    return (await this.kubectl.list('pods', { selector })).filter((pod) => !pod.metadata.deletionTimestamp && !['Succeeded', 'Failed'].includes(pod.status.phase));
  }

  stories = async () => (await this.kubectl.list('pods')).map(story).join('; ');

  /** Awaits that a workload has `count` pods, all running. */
  running(component, count = 1, role) {
    return this.#allRunning(`${count} running pods`, component, role, (found) => found === count);
  }

  /** Awaits that a workload has pods, and all of them run; it may get more. */
  someRunning(component, role) {
    return this.#allRunning('running pods', component, role, (found) => found > 0);
  }

  #allRunning(what, component, role, isEnough) {
    return this.kubectl.until(
      `${component} has ${what}`,
      async () => {
        const pods = await this.pods(component, role);
        return isEnough(pods.length) && pods.every(isRunning) && pods;
      },
      this.stories,
    );
  }

  /** Awaits that the scheduler has given up on a pod of the workload. @returns its message. */
  unschedulable(component, role) {
    return this.kubectl.until(
      `a pod of ${component} is unschedulable`,
      async () => (await this.pods(component, role)).map(refusal).find(Boolean),
      this.stories,
    );
  }

  /** Awaits the first of the two. @returns the pods, or the scheduler's message. */
  runningOrRefused(component, count, role) {
    return this.kubectl.until(
      `${component} runs or is refused`,
      async () => {
        const pods = await this.pods(component, role);
        if (pods.length === count && pods.every(isRunning)) return pods;
        return pods.map(refusal).find(Boolean);
      },
      this.stories,
    );
  }

  /** The node that each of these pods is on. */
  async nodesOf(pods) {
    const nodes = new Map((await this.kubectl.list('nodes')).map((node) => [node.metadata.name, node]));
    return pods.map(({ spec }) => nodes.get(spec.nodeName));
  }

  /** Ends a Job's pod as its process would. @param end `Succeeded` or `Failed`. */
  endPod(pod, end) {
    return this.kubectl.run(['annotate', 'pod', pod.metadata.name, '-n', 'quartet', `${END}=${end}`]);
  }

  /** Asks for an eviction, as a node's drain does. @returns undefined, or why it was refused. */
  async evict(pod) {
    const { name, namespace } = pod.metadata;
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
    try {
      await this.kubectl.run(['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, '-f', '-'], JSON.stringify(eviction));
      return undefined;
    } catch (error) {
      return error.message;
    }
  }
}

/** Whether an object of the API has a condition, such as `Ready`. */
export const has = (condition) => ({ status }) => status?.conditions?.some(({ type, status: is }) => type === condition && is === 'True');
const isRunning = ({ status }) => status.phase === 'Running';

/** The scheduler's last word on a pod that it finds no node for. A pod that waits for its volume gets another try. */
function refusal({ status }) {
  const scheduled = status.conditions?.find(({ type }) => type === 'PodScheduled');
  const final = scheduled?.status === 'False' && !status.nominatedNodeName && !/persistentvolumeclaim|waiting for|no nodes available/i.test(scheduled.message);
  return final ? scheduled.message : undefined;
}
