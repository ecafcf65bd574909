/**
 * Every code a diagnostic can have, with one line on what it means. Codes are stable: scripts may rely on
 * them. A test checks that host/ uses no other code.
 */
export const codes = {
  // input and YAML
  'input-unreadable': 'A path given with -f does not exist or cannot be read.',
  'input-empty': 'A folder given with -f has no manifest, or a file no document.',
  'input-too-large': 'A file, or what it holds, is larger than what is read.',
  'input-not-manifest': 'Files of a folder have no apiVersion and no kind: they are left out.',
  'kustomization-partly':
    'A kustomization does more than to set a namespace; nothing else of it is honoured.',
  'input-encoding': 'A file is not text in UTF-8.',
  'yaml-syntax': 'The text is not valid YAML or JSON.',
  'yaml-duplicate-key': 'A key occurs twice in one mapping.',
  'yaml-switch': 'A word as on, yes or off stands without quotes: text here, and true or false for kubectl.',
  'yaml-alias': 'An alias cannot be followed, or expands too much.',
  'document-not-object': 'A document is a list or a single value, not a Kubernetes object.',
  'export-lost': 'The engine that is exported to cannot do what a policy asks for.',
  // kinds
  'kind-unknown': 'The kind does not exist in this API group.',
  'kind-not-translated': 'The kind exists in the Gateway API or Envoy Gateway and is not translated.',
  'protection-not-translated':
    'A policy that restricts or protects what is served is not translated, so that it would be open.',
  'kind-not-used': 'The kind has no effect on load balancing.',
  'version-unknown': 'The kind exists, but not in this version.',
  'resource-duplicate': 'Two resources have the same kind, namespace and name.',
  // fields
  'field-missing': 'A required field is missing.',
  'field-type': 'The value has the wrong type.',
  'field-unknown': 'The API has no such field.',
  'field-not-translated': 'The API has the field, but it is not translated.',
  'field-not-supported': 'The API has the field, but it is not supported and must not be left out.',
  'field-deprecated': 'The field has a newer name.',
  'field-conflict': 'Two fields, or a field and a type, cannot be used together.',
  'text-invalid': 'A text holds what is no character.',
  'value-unknown': 'The value is not one of the allowed words.',
  'value-out-of-range': 'The number is too small or too large.',
  'value-not-supported': 'The API allows the value, but it is not supported.',
  'value-not-translated': 'The API allows the value, but it is not translated.',
  'value-without-effect': 'The value is accepted, but changes nothing.',
  'list-length': 'The list has too few or too many items.',
  'list-empty': 'The list must not be empty.',
  'duration-invalid': 'The value is not a duration of the Gateway API.',
  'name-invalid': 'The name has a form that is not allowed.',
  'name-empty': 'The name is empty.',
  'label-invalid': 'A label has a key or value of a form that is not allowed.',
  'hostname-invalid': 'The host name has a form that is not allowed.',
  'header-name-invalid': 'The header name has a form that is not allowed.',
  'address-invalid': 'The address is not an IP address, or not one of the declared type.',
  'selector-invalid':
    'A label selector has values although its operator allows none, or none although it needs some.',
  'secret-invalid': 'The values of a Secret cannot be used: too long, not base64, or encrypted.',
  'path-invalid': 'A path match is not absolute, not normalised, or empty.',
  // kinds' own rules
  'listener-duplicate':
    'Two listeners of a Gateway have the same name, or the same port, protocol and host name.',
  'listener-not-translated':
    'The listener has a protocol other than HTTP, HTTPS, TLS and TCP: it serves nothing, its status is Accepted=False UnsupportedProtocol.',
  'port-duplicate': 'Two ports of a Service have the same name or number.',
  'slice-without-service': 'An EndpointSlice does not say which Service it belongs to.',
  'parent-duplicate': 'Two references of a route lead to the same parent and section.',
  'rule-duplicate': 'Two rules of a route have the same name.',
  'match-duplicate': 'A match names a header or query parameter twice.',
  'header-believed': 'What a client writes into a header is passed on as if it were known.',
  'value-duplicate': 'A list has a value twice.',
  'header-duplicate': 'A header filter names a header twice in one list.',
  'filter-conflict': 'Two filters, or a filter and the rest of its rule, cannot be used together.',
  'filter-not-supported': 'The filter is not supported, and must not be left out.',
  // policies
  'target-invalid': 'A policy targets a kind or group that it may not target.',
  'target-not-translated': 'A policy targets a kind that is not translated.',
  'merge-type-unknown': 'The word in mergeType is neither StrategicMerge nor JSONMerge.',
  'zone-duplicate': 'A zone occurs twice in weightedZones.',
  'table-size-not-prime': 'A Maglev table size must be a prime number.',
  'cookie-refused': 'Browsers refuse the cookie that would be generated.',
  'cookie-without-path': 'A generated cookie has no Path, so that a browser keeps one for each directory.',
  'header-underscore':
    'A key or match needs a header that no request can bring: an underscore is in its name.',
  'cookie-attribute-invalid': 'A cookie attribute cannot be written in a Set-Cookie header.',
  'annotation-unknown': 'There is no such loadstar/ annotation.',
  'annotation-invalid': 'The value of a loadstar/ annotation breaks its rule.',
  'annotation-conflict': 'A loadstar/ annotation is not allowed in this policy.',
  'annotation-not-used': 'A loadstar/ annotation is on a kind that has none.',
  // the plan: what resources refer to
  'gateway-assumed':
    'No Gateway is in the input; the one that routes name is assumed, with the listeners that they name.',
  'gateway-unknown': 'The Gateway that --gateway chooses is not in the input.',
  'tls-not-translated':
    'A listener that routes call https, tls or the like is assumed, and speaks plain HTTP.',
  'gateway-class-unknown':
    'There are GatewayClasses in the input, and not the one that a Gateway names; it is served anyway.',
  'listener-conflict':
    'Two listeners are bound to the same port for the same host name, or with different protocols.',
  'certificate-unresolved':
    'A listener of protocol HTTPS, or a Backend with a client certificate, refers to no Secret, to one that is not in the input, or to one that it may not use.',
  'certificate-invalid':
    'A certificate cannot be served by a listener, or shown to a backend: the rule says why.',
  'certificate-expires': 'A certificate expires within 14 days, or those of an authority do or have expired.',
  'certificate-hostname':
    'No certificate of a listener is for its host name, so that clients will refuse it.',
  'ca-unresolved':
    'A BackendTLSPolicy or Backend refers to certificates of authorities that are not in the input, or to none; requests to its backends answer 500.',
  'ca-invalid':
    'What a BackendTLSPolicy or Backend refers to holds no certificate of an authority in PEM; requests to its backends answer 500.',
  'ca-file-missing':
    'This machine has no file with the authorities that wellKnownCACertificates: System is for.',
  'tls-unverified': 'A backend is called over TLS and its certificate is not verified.',
  'backend-tls-nameless':
    'Nothing says for which name the certificate of a backend must be; requests to it answer 500, connections are closed.',
  'tls-twice':
    'Connections that are passed on as TLS are wrapped in TLS once more, as their backend asks for.',
  'nothing-listens':
    'The input gives no listener of protocol HTTP, HTTPS, TLS or TCP, so Envoy would listen nowhere.',
  'parent-missing': 'A route names no Gateway, so none serves it.',
  'parent-unknown': 'A route names a Gateway that is not in the input.',
  'parent-unsupported': 'A route names a parent of a kind other than Gateway.',
  'parent-refused': 'No listener of the Gateway accepts the route.',
  'route-refused': 'A rule has something that cannot be served.',
  'routes-overlap':
    'Two routes, or two rules of one, have the same match for the same host; only the first is reached.',
  'rule-without-backend': 'A rule has nowhere to send its requests.',
  'backend-unresolved': 'A reference to a backend cannot be resolved; its requests answer 500.',
  'filter-unresolved':
    'A rule refers to an HTTPRouteFilter that is not in the input; its requests answer 500.',
  'endpoints-missing':
    'A backend has no endpoints, and its requests answer 503; or it has none that is ready.',
  'target-unknown': 'A policy targets something that is not in the input.',
  'target-not-permitted': 'A selector matches something in a namespace that does not allow the policy.',
  'selector-empty': 'A selector matches nothing.',
  'parameters-unresolved': 'A Gateway or its class names an EnvoyProxy that is not in the input.',
  'section-unknown': 'A policy names a listener or rule that its target does not have.',
  'protection-overridden':
    'A SecurityPolicy takes the place of one of another namespace that asks more of clients.',
  'policy-conflict': 'Another policy has the target already.',
  'policy-port-shared':
    'A ClientTrafficPolicy is for some listeners of a port and not for others that cannot be told apart.',
  'policy-without-tls': 'A ClientTrafficPolicy asks for certificates where TLS does not end.',
  'http10-host': 'There is no host name for requests of HTTP/1.0 that bring none, or more than one.',
  'pattern-invalid': 'A regular expression of a ClientTrafficPolicy is none that Envoy takes.',
  'body-unresolved': 'An answer refers to a ConfigMap that is not in the input, or has no value.',
  'credential-unresolved':
    'A SecurityPolicy or HTTPRouteFilter refers to a Secret that is not in the input, or may not; requests answer 500.',
  'credential-invalid':
    'A Secret does not hold what a SecurityPolicy or HTTPRouteFilter needs; requests answer 500.',
  'rate-limit-service-missing': 'A policy has global rate limits, and no service that counts them is named.',
  'merge-failed': 'A policy merged with the one above it is not valid.',
  'pool-shared': "The policy of a listener has no effect, because another listener shares the rule's pool.",
  'health-check-protocol': 'A gRPC health check needs a backend that speaks HTTP/2.',
  'tls-not-asked-for':
    'The appProtocol of a port is one over TLS, but no policy asks for TLS: it is called in plain text.',
  'table-too-small': 'A Maglev table has fewer slots than there are hosts.',
  'fallback-split':
    'A fallback Backend stands in a rule whose backends cannot share a pool: it would not be one.',
  'session-split':
    'The backends of a rule with session persistence cannot share a pool, so that sessions end.',
  'timeout-without-effect':
    'A request timeout is not allowed with a maximum duration of streams, and Envoy goes by the latter.',
  'pool-dns': "The hosts of a pool are found by DNS, so Envoy's own table picks among them.",
  // the Envoy that the configuration is for
  'filter-refuses': 'The filter does not accept the configuration that it would get.',
  'filter-not-asked': 'The filter is on another machine, so that its configuration could not be tried.',
  'port-clash': "A listener has the same port as Envoy's admin interface.",
  'filter-steps-back':
    "Envoy's own policy picks the hosts of a pool, because the filter cannot or is not used.",
  'zone-unknown': 'Zone-aware routing needs the zone of this Envoy.',
} as const satisfies Readonly<Record<string, string>>;
