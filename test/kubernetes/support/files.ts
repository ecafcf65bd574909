/** What `build.ts` makes for these tests, and where it is kept. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('../', import.meta.url));
const cache = join(here, '../../.cache/kubernetes');

/** By the folder of go/ whose go.mod says the versions: what is compiled there. */
export const PROGRAMS = {
  etcd: { module: 'etcd', from: 'go.etcd.io/etcd/server/v3', test: false },
  'echo-basic': {
    module: 'conformance',
    from: 'sigs.k8s.io/gateway-api/conformance/echo-basic',
    test: false,
  },
  'gateway-api': { module: 'conformance', from: 'sigs.k8s.io/gateway-api/conformance', test: true },
  'kube-apiserver': { module: 'apiserver', from: 'k8s.io/kubernetes/cmd/kube-apiserver', test: false },
  'kube-controller-manager': {
    module: 'apiserver',
    from: 'k8s.io/kubernetes/cmd/kube-controller-manager',
    test: false,
  },
} as const;

/** Folders of CRDs, as they stand in modules. */
export const CRDS = {
  // The experimental channel: HTTPRoute's retries are there alone.
  'crds-gateway-api': { module: 'sigs.k8s.io/gateway-api', folder: 'config/crd/experimental' },
  'crds-envoy-gateway': {
    module: 'github.com/envoyproxy/gateway',
    folder: 'charts/gateway-helm/charts/crds/crds/generated',
  },
} as const;

export type Program = keyof typeof PROGRAMS;
export type Crds = keyof typeof CRDS;

export const moduleFolder = (module: string): string => join(here, 'go', module);

/** A folder for the versions of a module, so that an older build is never taken for a newer one. */
function placeOf(module: string): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(moduleFolder(module), file)));
  return join(cache, `${module}-${hash.digest('hex').slice(0, 12)}`);
}

export const programPath = (name: Program): string => join(placeOf(PROGRAMS[name].module), name);
export const crdsPath = (name: Crds): string => join(placeOf('crds'), name);

/** For `skip` of a test: why there is no API server to test with. */
export function missing(programs: readonly Program[]): string | false {
  if (process.env.LOADSTAR_OWN_NETWORK === undefined)
    return 'it makes machines in a network of its own: npm run test:kubernetes';
  const all = [...programs.map(programPath), ...(Object.keys(CRDS) as Crds[]).map(crdsPath)];
  return all.every(existsSync)
    ? false
    : 'Kubernetes is not built: node --import tsx test/kubernetes/build.ts does it, with Go';
}
