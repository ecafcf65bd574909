// Are the packages in node_modules those of package-lock.json? Uses node's own modules alone: it runs before
// `npm ci`.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

/**
 * True when every package of the lock file is installed in that version. npm notes what it installed in a
 * hidden lock file.
 */
export function packagesInstalled(root) {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const [wanted, have] = [read(join(root, 'package-lock.json')), read(installed)];
  return Object.entries(wanted).every(
    ([path, { version, optional, link }]) =>
      path === '' || optional || link || have[path]?.version === version,
  );
}

/**
 * Runs `npm ci`; its output is shown only when it fails. Install scripts of packages are not run. None is
 * needed, and that of cpu-features (optional, below testcontainers) runs the linker with `-o /dev/null`,
 * which removes the device if root runs it.
 */
export function installPackages(root) {
  const args = ['ci', '--no-audit', '--no-fund', '--ignore-scripts'];
  const { status, stdout, stderr, error } = spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ci failed:\n${error?.message ?? ''}${stdout ?? ''}${stderr ?? ''}`);
}
