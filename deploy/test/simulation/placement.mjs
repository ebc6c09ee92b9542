// Where pods are, as plain objects of the API.

const GPU = 'nvidia.com/gpu';
const isGpuNode = (node) => node.metadata.labels['nvidia.com/gpu.present'] === 'true';
const gpusOf = (pod) => pod.spec.containers.reduce((sum, { resources }) => sum + Number(resources?.limits?.[GPU] ?? 0), 0);

/**
 * What is wrong with where these pods are, a line each: families' pods belong on GPU nodes, all others on plain ones, and no node
 * gives more GPUs than it has.
 */
export function misplaced(pods, nodes) {
  const byName = new Map(nodes.map((node) => [node.metadata.name, node]));
  const used = new Map();
  const problems = [];
  for (const pod of pods) {
    const node = byName.get(pod.spec.nodeName);
    const serves = pod.metadata.labels['quartet/role'] === 'serve';
    if (!node) problems.push(`${pod.metadata.name} is on no node`);
    else if (serves !== isGpuNode(node)) problems.push(`${pod.metadata.name} is on ${node.metadata.name}, ${serves ? 'a node without GPUs' : 'a GPU node'}`);
    else used.set(node, (used.get(node) ?? 0) + gpusOf(pod));
    if (serves && gpusOf(pod) === 0) problems.push(`${pod.metadata.name} asks for no GPU`);
  }
  for (const [node, count] of used) {
    const has = Number(node.status.allocatable[GPU] ?? 0);
    if (count > has) problems.push(`${node.metadata.name} gives ${count} GPUs of ${has}`);
  }
  return problems;
}
