import assert from 'node:assert/strict';

const ACCOUNTS = ['gateway', 'registry', 'cnn', 'rnn', 'gan', 'autoencoder'];
/** What every authenticated user may do: ask what it may do, and read the API's description. */
const EVERYBODY = /^(selfsubjectaccessreviews|selfsubjectrulesreviews|selfsubjectreviews|clustertrustbundles)\.|^(\[|$)/;

/** No pod holds a token, and no account of ours may do more with one than anybody. */
export async function noAccess(world) {
  for (const account of ACCOUNTS) {
    const listed = await world.kubectl.run(['auth', 'can-i', '--list', '--no-headers', '-n', 'quartet', `--as=system:serviceaccount:quartet:${account}`]);
    const more = listed.split('\n').map((line) => line.trim()).filter((line) => !EVERYBODY.test(line));
    assert.deepEqual(more, [], `${account} may do more than anybody`);
    const mayRead = await world.kubectl.run(['auth', 'can-i', 'get', 'secrets', '-n', 'quartet', `--as=system:serviceaccount:quartet:${account}`]).catch((error) => error.message);
    assert.match(mayRead, /^no/);
  }
  for (const { metadata, spec } of await world.kubectl.list('pods')) {
    assert.ok(ACCOUNTS.includes(spec.serviceAccountName), `${metadata.name} runs as ${spec.serviceAccountName}`);
    const tokens = spec.volumes.filter(({ projected }) => projected?.sources.some(({ serviceAccountToken }) => serviceAccountToken));
    assert.deepEqual(tokens, [], `${metadata.name} holds a token`);
  }
}

/** The namespace lets no pod in that could be root. */
export async function rootIsRefused(world) {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'root', namespace: 'quartet' }, spec: { containers: [{ name: 'root', image: 'quartet', securityContext: { runAsUser: 0 } }] } };
  await assert.rejects(world.kubectl.apply([pod]), /violates PodSecurity "restricted:latest"/);
}
