/** GRPCRoute: methods, headers, hosts, weights. */
import {
  call,
  grpcRoute,
  type Manifest,
  ref,
  rule,
  type Trial,
  UNIMPLEMENTED,
  withHeaders,
} from '../words.ts';
import { editing } from './headers.ts';
import { HOSTS, hostListeners } from './hosts.ts';

const method = (name: string): Manifest => ({ method: { service: 'echo.Echo', method: name } });
const having = (headers: Readonly<Record<string, string>>) => ({ headers });
const BACKENDS = ['call-one', 'call-two', 'call-three'];
const at = (...sections: readonly string[]) => ({
  parentRefs: sections.map((sectionName) => ({ name: 'hosts', sectionName })),
});

export const grpc: readonly Trial[] = [
  {
    name: 'GRPCExactMethodMatching',
    manifests: [grpcRoute('methods', [rule(method('Say'), 'call-one'), rule(method('Tell'), 'call-two')])],
    asks: [call('Say', 'call-one'), call('Tell', 'call-two'), call('Sing', UNIMPLEMENTED)],
  },
  {
    name: 'GRPCRouteHeaderMatching',
    manifests: [
      grpcRoute('headers', [
        rule(withHeaders({ edition: 'old' }), 'call-one'),
        rule(withHeaders({ edition: 'new' }), 'call-two'),
        rule(withHeaders({ edition: 'new', paper: 'thick' }), 'call-one'),
        rule([withHeaders({ paper: 'white' }), withHeaders({ paper: 'grey' })], 'call-one'),
        rule([withHeaders({ paper: 'brown' }), withHeaders({ paper: 'black' })], 'call-two'),
      ]),
    ],
    asks: [
      call('Say', 'call-one', having({ edition: 'old' })),
      call('Say', 'call-two', having({ edition: 'new' })),
      call('Say', 'call-one', having({ edition: 'new', paper: 'thick' })),
      call('Say', 'call-two', having({ edition: 'new', paper: 'white' })),
      call('Say', UNIMPLEMENTED, having({ paper: 'thick' })),
      call('Say', UNIMPLEMENTED, having({ 'something-else': 'old' })),
      call('Say', 'call-one', having({ paper: 'white' })),
      call('Say', 'call-one', having({ paper: 'grey' })),
      call('Say', 'call-two', having({ paper: 'brown' })),
      call('Say', 'call-two', having({ paper: 'black' })),
      call('Say', UNIMPLEMENTED, having({ paper: 'pink' })),
    ],
  },
  {
    name: 'GRPCRouteListenerHostnameMatching',
    manifests: [
      hostListeners('hosts'),
      grpcRoute('one', [rule(undefined, 'call-one')], at('l1')),
      grpcRoute('two', [rule(undefined, 'call-two')], at('l2')),
      grpcRoute('three', [rule(undefined, 'call-three')], at('l3', 'l4')),
    ],
    asks: HOSTS.map(([host, place]) =>
      call('Say', place === undefined ? UNIMPLEMENTED : BACKENDS[place]!, { host, gateway: 'hosts' }),
    ),
  },
  {
    name: 'GRPCRouteWeight',
    manifests: [
      grpcRoute('weighted', [
        rule(
          undefined,
          [70, 30, 0].map((weight, i) => ref(BACKENDS[i]!, { port: 8080, weight })),
        ),
      ]),
    ],
    asks: [call('Say', 'any', { shares: { 'call-one': 0.7, 'call-two': 0.3, 'call-three': 0 } })],
  },
  {
    name: 'GRPCRouteNamedRule',
    extended: ['GRPCRouteNamedRouteRule'],
    manifests: [
      grpcRoute('named', [
        rule(method('Say'), 'call-one', { name: 'has-a-name' }),
        rule(method('Tell'), 'call-two'),
      ]),
    ],
    asks: [call('Say', 'call-one'), call('Tell', 'call-two')],
  },
  {
    name: 'GRPCRouteRequestHeaderModifier',
    extended: ['GRPCRouteRequestHeaderModifier'],
    // The suite gives three rules one match, of which the first acts alone, and compares no header. Here each
    // has a method of its own, and what arrives is compared.
    manifests: [
      grpcRoute('edits', [
        rule(method('Set'), 'call-one', { filters: [editing('Request', { set: { 'X-Colour': 'red' } })] }),
        rule(method('Add'), 'call-one', { filters: [editing('Request', { add: { 'X-List': 'more' } })] }),
        rule(method('Remove'), 'call-one', { filters: [editing('Request', { remove: ['X-Secret'] })] }),
        rule(method('Many'), 'call-two', {
          filters: [
            editing('Request', {
              set: { 'X-Set-1': 'one', 'X-Set-2': 'two' },
              add: { 'X-Add-1': 'one', 'X-Add-2': 'two' },
              remove: ['X-Gone-1', 'X-Gone-2'],
            }),
          ],
        }),
      ]),
    ],
    asks: [
      edit('Set', { other: 'kept' }, { other: 'kept', 'x-colour': 'red' }),
      edit('Set', { other: 'kept', 'x-colour': 'blue' }, { other: 'kept', 'x-colour': 'red' }),
      edit('Add', { other: 'kept' }, { other: 'kept', 'x-list': 'more' }),
      edit('Add', { other: 'kept', 'x-list': 'some' }, { other: 'kept', 'x-list': 'some,more' }),
      edit('Remove', { 'x-secret': 'gone' }, {}, ['x-secret']),
      edit(
        'Many',
        { 'x-set-2': 'was', 'x-add-2': 'was', 'x-gone-2': 'gone', other: 'kept' },
        { 'x-set-1': 'one', 'x-set-2': 'two', 'x-add-1': 'one', 'x-add-2': 'was,two', other: 'kept' },
        ['x-gone-2'],
      ),
      edit(
        'Many',
        { 'x-set-1': 'was', 'x-add-1': 'was', 'x-gone-1': 'gone' },
        { 'x-set-1': 'one', 'x-set-2': 'two', 'x-add-1': 'was,one', 'x-add-2': 'two' },
        ['x-gone-1'],
      ),
    ],
  },
];

function edit(
  name: string,
  sent: Record<string, string>,
  seen: Record<string, string>,
  absent: string[] = [],
) {
  const backend = name === 'Many' ? 'call-two' : 'call-one';
  return call(name, backend, { headers: sent, arrives: { headers: seen, absent } });
}
