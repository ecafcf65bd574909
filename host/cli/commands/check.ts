/** `loadstar check`: what the manifests mean and what is wrong with them, without writing anything. */

import { countText } from '../../basics/text.ts';
import { type Diagnostic, hasErrors } from '../../diagnostics/diagnostic.ts';
import { sortDiagnostics } from '../../diagnostics/render.ts';
import { emit } from '../../envoy/emit.ts';
import { CONTROLLER_NAME } from '../../model/groups.ts';
import { keyOf } from '../../plan/from.ts';
import { socketsOf } from '../../plan/sockets.ts';
import type { Condition, ListenerStatus, ResourceStatus } from '../../plan/status/conditions.ts';
import type { Plan } from '../../plan/types.ts';
import { EXIT } from '../../run/errors.ts';
import type { Command } from '../command.ts';
import { countText as findingsText, load, report, verdict } from '../input.ts';
import { envoyOptions, inputOptions } from '../options.ts';
import { clientViews, type PolicyView, policyViews, securityViews, tlsTargetsOf } from '../policy-view.ts';

export const check: Command = {
  name: 'check',
  summary: 'check manifests, and show what each policy does',
  usage: '-f PATH… [OPTIONS]',
  description: [
    'Prints for each policy what it targets, where it applies, what it overrides and what overrides it, and the conditions\nthat Envoy Gateway would set on it. Gateways and routes are shown in the same way. All errors are reported in one run,\non standard error, with their places.',
    'The filter itself checks the configuration that it would get, too. The exit code is 1 when anything is refused.',
  ],
  options: {
    ...inputOptions,
    format: {
      value: 'FORMAT',
      choices: ['text', 'json'],
      help: 'text (default), or all as one JSON document',
    },
    ...envoyOptions,
  },
  operands: 'file',
  examples: ['loadstar check -f manifests/', 'loadstar check -f - --format json < shop.yaml'],
  async run(args, io) {
    const loaded = await load(args, io);
    const { model, plan, status, refusedResources } = loaded;
    const { diagnostics: found, refused } = verdict(loaded, io);
    const diagnostics = sortDiagnostics(found);
    const views = new Map<string, Shown>([
      ...[...policyViews(model, plan)].map(([key, view]) => [`BackendTrafficPolicy ${key}`, view] as const),
      ...[...securityViews(model, plan)].map(([key, view]) => [`SecurityPolicy ${key}`, view] as const),
      ...[...clientViews(model, plan)].map(([key, view]) => [`ClientTrafficPolicy ${key}`, view] as const),
      ...model.backendTlsPolicies.map(
        (policy) => [`BackendTLSPolicy ${keyOf(policy)}`, { targets: tlsTargetsOf(policy) }] as const,
      ),
    ]);
    const viewOf = ({ kind, namespace, name }: ResourceStatus) => views.get(`${kind} ${namespace}/${name}`);
    if (args.one('format') === 'json')
      io.stdout(emit(data(status, viewOf, refusedResources, diagnostics), 'json'));
    else {
      io.stdout(status.map((one) => `${statusText(one, viewOf(one))}\n`).join(''));
      io.stdout(refusedResources.map((name) => `${name}\n  refused       the errors say why\n\n`).join(''));
      report(diagnostics, 'text', io);
      const policies = [
        model.policies,
        model.backendTlsPolicies,
        model.clientPolicies,
        model.securityPolicies,
      ].flat().length;
      const size = `${sizeOf(status)}, ${countText(policies, 'policy', 'policies')}; in Envoy ${envoySize(plan)}`;
      io.stdout(`${refused ? 'refused' : 'accepted'}: ${size}; ${findingsText(diagnostics)}\n`);
    }
    return refused ? EXIT.refused : EXIT.good;
  },
};

/** A BackendTLSPolicy has targets alone, a ClientTrafficPolicy holds for listeners. */
type Shown = Pick<PolicyView, 'targets'> & Partial<PolicyView>;

function data(
  status: readonly ResourceStatus[],
  viewOf: (status: ResourceStatus) => Shown | undefined,
  refusedResources: readonly string[],
  diagnostics: readonly Diagnostic[],
): object {
  return {
    refused: hasErrors(diagnostics),
    refusedResources,
    resources: status.map((one) => ({ ...one, ...viewOf(one) })),
    diagnostics,
  };
}

function statusText(status: ResourceStatus, view: Shown | undefined): string {
  const lines = [`${status.kind} ${status.namespace}/${status.name}`];
  const row = (label: string, text: string) => lines.push(`  ${label.padEnd(14)}${text}`);
  const conditions = (list: readonly Condition[]) => {
    const usual = list.filter(isUsual).map(({ type }) => `${type}=True`);
    if (usual.length > 0) lines.push(`    ${usual.join(' ')}`);
    for (const condition of list) {
      const { type, status: value, reason, message } = condition;
      const detail = message === '' ? '' : `: ${message.replaceAll('\n', ' ')}`;
      if (!isUsual(condition) && !isNoConflict(condition))
        lines.push(`    ${type}=${value} ${reason}${detail}`);
    }
  };
  switch (status.kind) {
    case 'Gateway':
    case 'ListenerSet':
      conditions(status.conditions);
      if (status.kind === 'Gateway' && status.attachedListenerSets !== undefined)
        row('listener sets', `${status.attachedListenerSets} attached`);
      for (const listener of status.listeners) {
        row('listener', `${listenerText(listener)}, ${countText(listener.attachedRoutes, 'route')} attached`);
        conditions(listener.conditions);
      }
      break;
    case 'HTTPRoute':
    case 'GRPCRoute':
    case 'TLSRoute':
    case 'TCPRoute':
    case 'UDPRoute':
      if (status.parents.length === 0) row('parents', 'none: it is attached to nothing');
      for (const { parentRef, controllerName, conditions: list } of status.parents) {
        const section = parentRef.sectionName === undefined ? '' : ` (${parentRef.sectionName})`;
        const by = controllerName === CONTROLLER_NAME ? '' : `, controller ${controllerName}`;
        row(
          'parent',
          `${parentRef.kind} ${parentRef.namespace ?? status.namespace}/${parentRef.name}${section}${by}`,
        );
        conditions(list);
      }
      break;
    case 'BackendTrafficPolicy':
    case 'BackendTLSPolicy':
    case 'ClientTrafficPolicy':
    case 'SecurityPolicy':
      for (const target of view?.targets ?? []) row('targets', target);
      if (view?.holdsFor !== undefined) row('holds for', heldRoutes(view.holdsFor, status.kind));
      if ((view?.overrides ?? []).length > 0) row('overrides', view?.overrides?.join(', ') ?? '');
      if ((view?.overriddenBy ?? []).length > 0) row('overridden by', view?.overriddenBy?.join(', ') ?? '');
      if (status.ancestors.length === 0)
        row(
          'conditions',
          status.kind === 'BackendTLSPolicy'
            ? 'none: no route sends to what it targets'
            : 'none: what it targets is not there',
        );
      for (const { ancestorRef, conditions: list } of status.ancestors) {
        const section = ancestorRef.sectionName === undefined ? '' : ` (${ancestorRef.sectionName})`;
        row('on', `${ancestorRef.kind} ${ancestorRef.namespace}/${ancestorRef.name}${section}`);
        conditions(list);
      }
  }
  return `${lines.join('\n')}\n`;
}

const listenerText = ({ name, port, boundPort }: ListenerStatus): string =>
  `${name}, port ${port}${boundPort === port ? '' : ` (bound as ${boundPort})`}`;

/** What serves, as the lines above count it. A Gateway that is assumed has no line there. */
function sizeOf(status: readonly ResourceStatus[]): string {
  const listeners = status.flatMap((one) => ('listeners' in one ? one.listeners : []));
  const serving = listeners.filter(({ conditions }) =>
    conditions.some(({ type, status: is }) => type === 'Programmed' && is === 'True'),
  );
  const routes = status.filter(
    (one) =>
      'parents' in one &&
      one.parents.some(({ conditions }) =>
        conditions.some(({ type, status: is }) => type === 'Accepted' && is === 'True'),
      ),
  );
  return [
    ...(listeners.length > 0 ? [countText(serving.length, 'listener')] : []),
    countText(routes.length, 'route'),
  ].join(', ');
}

/** Listeners that share a port are one socket; a route has one entry for each match and host name. */
function envoySize({ listeners }: Plan): string {
  const routes = listeners.flatMap(({ virtualHosts, connections }) => [
    ...virtualHosts.flatMap((host) => host.routes),
    ...(connections?.routes ?? []),
  ]);
  return `${countText(socketsOf(listeners).length, 'socket')}, ${countText(routes.length, 'route entry', 'route entries')}`;
}

/** A condition that is fine is printed without its message; `--format json` has all messages. */
const isUsual = ({ type, status }: Condition): boolean =>
  status === 'True' && ['Accepted', 'Programmed', 'ResolvedRefs'].includes(type);

/** Every listener of a ListenerSet says so. */
const isNoConflict = ({ type, status }: Condition): boolean => type === 'Conflicted' && status === 'False';

/** Names only a few: a Gateway's policy may apply to thousands of routes. */
function heldRoutes(names: readonly string[], kind: ResourceStatus['kind']): string {
  if (names.length === 0) return kind === 'ClientTrafficPolicy' ? 'no listener' : 'no route';
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5
    ? `${names.length} ${kind === 'ClientTrafficPolicy' ? 'listeners' : 'routes'}: ${shown}, …`
    : shown;
}
