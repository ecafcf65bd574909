// A network of its own for what is started: the tests on a Kubernetes API server make machines there.
//   node scripts/apart.mjs COMMAND…
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Tells what runs there that it may change its network. */
const MARK = 'LOADSTAR_OWN_NETWORK';

/** What to put before a command, and into its environment; undefined where the machine does not allow it. */
export function apart() {
  const ways = [
    ['unshare', '--net'],
    ['unshare', '--map-root-user', '--net'],
  ];
  const way = ways.find(([program, ...args]) => spawnSync(program, [...args, 'true']).status === 0);
  return way && { before: way, env: { ...process.env, [MARK]: '1' } };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const own = apart();
  if (own === undefined) {
    console.error('apart: a network namespace is needed (Linux, unshare)');
    process.exit(1);
  }
  const [program, ...args] = [...own.before, ...process.argv.slice(2)];
  const child = spawn(program, args, { stdio: 'inherit', env: own.env });
  // Who ends this one means the command.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}
