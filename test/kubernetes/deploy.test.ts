/** The manifests of deploy/ as an API server judges them. */
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { deployed } from './served.ts';
import { missing } from './support/files.ts';
import { Cluster } from './support/test-cluster.ts';

const skip = missing(['etcd', 'kube-apiserver', 'kube-controller-manager']);
let cluster: Cluster;
before(async () => {
  if (skip !== false) return;
  cluster = await Cluster.start(['crds-gateway-api']);
  await cluster.apply(deployed('namespace.yaml'));
});
after(async () => {
  await cluster?.stop();
});

const folder = new URL('../../deploy/base/', import.meta.url);
for (const name of readdirSync(folder).filter((one) => one !== 'kustomization.yaml'))
  test(`${name} is taken, field by field`, { skip }, async () => {
    // Another pod security than is asked for would be a warning, and one that is broken an error.
    await cluster.apply(deployed(name), 'dryRun=All&fieldValidation=Strict');
  });
