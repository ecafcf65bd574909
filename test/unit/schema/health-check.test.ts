/** healthCheck of BackendTrafficPolicy: each rule broken once. */
import { test } from 'node:test';
import { assertFindings, type Expected, policyWith, readText } from '../../support/manifest.ts';

const checks: readonly [name: string, lines: string, expected: Expected[]][] = [
  [
    'HTTP without http',
    'active: {type: HTTP}',
    [
      {
        code: 'field-missing',
        field: 'spec.healthCheck.active.http',
        says: /http is missing/,
        points: 'HTTP',
      },
    ],
  ],
  [
    'tcp beside HTTP',
    'active: {type: HTTP, http: {path: /}, tcp: {}}',
    [
      {
        code: 'field-conflict',
        field: 'spec.healthCheck.active.tcp',
        says: /with health check type HTTP/,
        points: 'tcp',
      },
    ],
  ],
  [
    'text without text',
    'active: {type: TCP, tcp: {send: {type: Text}}}',
    [
      {
        code: 'field-missing',
        field: 'spec.healthCheck.active.tcp.send.text',
        says: /text is missing/,
        points: 'Text',
      },
    ],
  ],
  [
    'no base64',
    'active: {type: TCP, tcp: {send: {type: Binary, binary: "%%"}}}',
    [
      {
        code: 'field-type',
        field: 'spec.healthCheck.active.tcp.send.binary',
        says: /base64/,
        points: '"%%"',
      },
    ],
  ],
  [
    'a threshold of 0',
    'active: {type: GRPC, unhealthyThreshold: 0}',
    [
      {
        code: 'value-out-of-range',
        field: 'spec.healthCheck.active.unhealthyThreshold',
        says: /from 1 to 4294967295/,
        points: '0',
      },
    ],
  ],
  [
    'a method that Envoy does not know',
    'active: {type: HTTP, http: {path: /, method: PING}}',
    [
      {
        code: 'value-unknown',
        field: 'spec.healthCheck.active.http.method',
        says: /one of GET, HEAD/,
        points: 'PING',
      },
    ],
  ],
  [
    'a path with a line break',
    'active: {type: HTTP, http: {path: "/a\\nb"}}',
    [
      {
        code: 'field-type',
        field: 'spec.healthCheck.active.http.path',
        says: /on one line/,
        points: '"/a\\nb"',
      },
    ],
  ],
  [
    'a response that Envoy does not keep',
    `active: {type: HTTP, http: {path: /, expectedResponse: {type: Text, text: ${'é'.repeat(513)}}}}`,
    [
      {
        code: 'value-out-of-range',
        field: 'spec.healthCheck.active.http.expectedResponse.text',
        says: /has 1026 bytes/,
        points: 'é'.repeat(513),
      },
    ],
  ],
  [
    'a body beside GET',
    'active: {type: HTTP, http: {path: /, requestBody: {type: Text, text: ping}}}',
    [
      {
        code: 'field-conflict',
        field: 'spec.healthCheck.active.http.requestBody',
        says: /requestBody is not allowed with method GET/,
        points: 'requestBody',
      },
    ],
  ],
  [
    'a body without its text',
    'active: {type: HTTP, http: {path: /, method: post, requestBody: {type: Text}}}',
    [
      {
        code: 'field-missing',
        field: 'spec.healthCheck.active.http.requestBody.text',
        says: /type is Text, but text is missing/,
        points: 'Text',
      },
    ],
  ],
  [
    'no time between checks',
    'active: {type: HTTP, interval: 0s, http: {path: /}}',
    [
      {
        code: 'duration-invalid',
        field: 'spec.healthCheck.active.interval',
        says: /greater than 0/,
        points: '0s',
      },
    ],
  ],
];
for (const [name, lines, expected] of checks)
  test(`health check: ${name}`, () =>
    assertFindings(readText(policyWith(`healthCheck:\n  ${lines}`)).diagnostics, expected));
