/**
 * Where fetched files are kept: beside the project's package.json in a checkout, else in the user's cache
 * folder.
 */
import { join, sep } from 'node:path';

/**
 * @param home Folder of the running program (dist/ or host/).
 * @param exists Whether a path exists.
 */
export function cacheDir(
  home: string,
  env: Readonly<Record<string, string | undefined>>,
  exists: (path: string) => boolean,
): string {
  const root = join(home, '..');
  // An installed package has no lock file of its own and may not be writable.
  const checkout = exists(join(root, 'package-lock.json')) && !home.includes(`${sep}node_modules${sep}`);
  if (checkout) return join(root, '.cache', 'envoy');
  const user = env.XDG_CACHE_HOME ?? (env.HOME === undefined ? undefined : join(env.HOME, '.cache'));
  return join(user ?? join(root, '.cache'), 'loadstar');
}
