/** What is done with a request besides sending it to a host, as far as it can be known beforehand. */
import { given } from '../basics/collections.ts';
import { percentText } from '../envoy/fractions.ts';
import type {
  Bandwidth,
  Compressor,
  Fault,
  Injection,
  ResponseOverride,
  Route,
  Session,
} from '../plan/types.ts';
import { authorize } from './authorize.ts';
import { explainCors, isPreflight } from './explain-cors.ts';
import { sessionName } from './explain-session.ts';
import type { Explanation } from './explanation.ts';
import { judgeOrigin } from './judge-origin.ts';
import { explainGlobalLimit, explainLocalLimit } from './limits.ts';
import { prove } from './prove.ts';
import { headerValues, type Request } from './request.ts';

/** A line for each part, in the order in which Envoy comes to it. @param request As routes see it. */
export function explainHandling(route: Route, request: Request, sourceIp: string): string[] {
  const { fault, bufferBytes, authorization, overrides, localLimit, globalLimit, bandwidth } =
    route.handling ?? {};
  const { compressors, session, injection } = route.handling ?? {};
  const before = [...(fault === undefined ? [] : explainFault(fault)), ...explainCors(route, request)];
  // Envoy answers it before it counts.
  if (isPreflight(route, request)) return before;
  const page = given(route.handling?.csrf, (own) => judgeOrigin(own, request));
  if (page !== undefined) before.push(`csrf: ${page.because}`);
  if (page?.allowed === false) return before;
  const proofs = prove(route.handling ?? {}, request);
  before.push(...proofs.map(({ because }) => because));
  if (proofs.some(({ proven }) => !proven)) return before;
  if (bufferBytes !== undefined)
    before.push(`request buffer: held until it is whole; more than ${bufferBytes} bytes are answered 413`);
  const judged = given(authorization, (own) => authorize(own, request, sourceIp));
  if (judged !== undefined) before.push(`authorization: ${judged.because}`);
  if (judged?.allowed === false) return before;
  return [
    ...before,
    ...(localLimit === undefined ? [] : explainLocalLimit(localLimit, request, sourceIp)),
    ...(globalLimit === undefined ? [] : explainGlobalLimit(globalLimit, request, sourceIp)),
    ...(bandwidth === undefined ? [] : explainBandwidth(bandwidth)),
    ...(injection === undefined ? [] : [explainInjection(injection, request)]),
    ...(compressors === undefined ? [] : [explainCompression(compressors, request)]),
    ...(session === undefined ? [] : [explainSession(session)]),
    ...(overrides ?? []).map(explainOverride),
  ];
}

function explainOverride({ statuses, headers, source, redirect }: ResponseOverride): string {
  const codes = statuses.map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`));
  const which = [
    ...(codes.length === 0 ? [] : [`with status ${codes.join(' or ')}`]),
    ...headers.map(({ name }) => `by header ${name}`),
  ];
  const whose =
    source === undefined
      ? 'an answer'
      : source === 'Local'
        ? "an answer of Envoy's own"
        : "a backend's answer";
  return `answer: ${whose} ${which.join(' and ')} is replaced${redirect === undefined ? '' : ' by that of another route'}`;
}

const share = (percentage: number): string =>
  percentage === 100 ? 'every request' : `${percentText(percentage)} of the requests`;

function explainFault({ delay, abort }: Fault): string[] {
  const lines: string[] = [];
  if (delay !== undefined) lines.push(`fault: ${share(delay.percentage)} waits ${delay.ms} ms`);
  if (abort !== undefined) {
    const what = abort.kind === 'grpc' ? 'gRPC status' : 'status';
    lines.push(`fault: ${share(abort.percentage)} is answered with ${what} ${abort.status}`);
  }
  return lines;
}

const explainBandwidth = ({ requestKib, responseKib }: Bandwidth): string[] =>
  [['requests', requestKib] as const, ['answers', responseKib] as const].flatMap(([what, kib]) =>
    kib === undefined ? [] : [`bandwidth: ${kib} KiB each second for the ${what} of the route together`],
  );

function explainInjection({ name, header, overwrite }: Injection, request: Request): string {
  const kept = !overwrite && headerValues(request, header.toLowerCase()).length > 0;
  return kept
    ? `credential: none, the request has ${header} and goes on with it`
    : `credential: the backend is shown that of HTTPRouteFilter ${name} in ${header}`;
}

const explainSession = (session: Session): string =>
  `session: the answer names its host in ${sessionName(session)}; requests that bring it stay there`;

const CODINGS = { Gzip: 'gzip', Brotli: 'br', Zstd: 'zstd' } as const;

/** Weights (q) are left to Envoy. */
function explainCompression(compressors: readonly Compressor[], request: Request): string {
  const accepted = headerValues(request, 'accept-encoding')
    .flatMap((value) => value.split(','))
    .map((one) => one.split(';')[0]!.trim());
  const usable = compressors
    .map(({ type }) => CODINGS[type])
    .filter((coding) => accepted.includes(coding) || accepted.includes('*'));
  return usable.length === 0
    ? `compression: none, the client takes neither of ${compressors.map(({ type }) => CODINGS[type]).join(', ')}`
    : `compression: ${usable.join(' or ')}, if the answer is of a kind and size for it`;
}

/** What a policy answers instead of the route. */
export function refusal(route: Route, request: Request, sourceIp: string): Explanation['answer'] {
  const { handling = {}, security } = route;
  const answer = (status: number, why: string) => ({
    status,
    because: `SecurityPolicy ${security!.namespace}/${security!.name} ${why}`,
  });
  if (given(handling.csrf, (own) => judgeOrigin(own, request))?.allowed === false)
    return answer(403, 'does not take it from that page');
  if (prove(handling, request).some(({ proven }) => !proven))
    return answer(401, 'asks for a password or key');
  if (given(handling.authorization, (own) => authorize(own, request, sourceIp))?.allowed === false)
    return answer(403, 'does not let it through');
  return undefined;
}
