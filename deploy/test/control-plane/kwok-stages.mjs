// What kwok does with pods beyond its stock stages, as the configuration files that it reads.

const stage = (name, matchExpressions, next, more = {}) => ({
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind: 'Stage',
  metadata: { name },
  spec: { resourceRef: { apiGroup: 'v1', kind: 'Pod' }, selector: { matchExpressions }, next, ...more },
});

const present = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' };
const deleted = { key: '.metadata.deletionTimestamp', operator: 'Exists' };
const phase = (...values) => ({ key: '.status.phase', operator: 'In', values });

/** The annotation by which a test ends a Job's pod; the stock stage ends all of them at once. */
export const END = 'quartet.test/end';

export const STAGES = [
  ...['Succeeded', 'Failed'].map((end) =>
    stage(`pod-${end.toLowerCase()}`, [present, phase('Running'), { key: `.metadata.annotations["${END}"]`, operator: 'In', values: [end] }], { statusTemplate: `phase: ${end}\n` }),
  ),
  // A kubelet makes a deleted pod terminal before it goes; else the Job's finalizer would keep it for ever.
  stage('pod-terminate', [deleted, phase('Running', 'Pending')], { statusTemplate: 'phase: Failed\n' }),
  stage('pod-delete', [deleted, phase('Failed', 'Succeeded')], { delete: true }),
];

const DELAY = '.spec.containers[0].readinessProbe.initialDelaySeconds';
const READY = 'conditions: [{ type: Ready, status: "True", lastTransitionTime: {{ Now | Quote }} }]\n';

/**
 * A pod whose readiness is first probed after a while runs, and is ready after it; by the stock stage it would be at once.
 * @param stock the stage pod-ready
 */
export function delayedReadiness(stock) {
  const { selector, next } = stock.spec;
  const starts = stage('pod-starts', [...selector.matchExpressions, { key: DELAY, operator: 'Exists' }], { statusTemplate: next.statusTemplate.replace(/status: "True"(\s+type: Ready\n)/, 'status: "False"$1') }, { weight: 1 });
  const waits = [present, phase('Running'), { key: DELAY, operator: 'Exists' }, { key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: 'In', values: ['False'] }, { key: `.metadata.annotations["${END}"]`, operator: 'DoesNotExist' }];
  return [starts, stage('pod-ready-later', waits, { statusTemplate: READY }, { delay: { durationFrom: { expressionFrom: `(${DELAY} | tostring) + "s"` } } })];
}
