/**
 * Every code a diagnostic can have, with one line on what it means. Codes are stable: scripts may rely on them. A test holds that no
 * other code is used anywhere in host/.
 */
export const codes = {
  // input and YAML
  'input-unreadable': 'A path given with -f does not exist or cannot be read.',
  'input-empty': 'A folder given with -f holds no manifest, or a file no document.',
  'yaml-syntax': 'The text is not valid YAML or JSON.',
  'yaml-duplicate-key': 'A key stands twice in one mapping.',
  'yaml-alias': 'An alias cannot be followed, or expands too much.',
  'document-not-object': 'A document is a list or a single value, not a Kubernetes object.',
  // kinds
  'kind-unknown': 'The kind does not exist in this API group.',
  'kind-not-translated': 'The kind exists in the Gateway API or Envoy Gateway and is not translated.',
  'kind-not-used': 'The kind has no effect on load balancing.',
  'version-unknown': 'The kind exists, but not in this version.',
  'resource-duplicate': 'A kind, namespace and name is given twice.',
  // fields
  'field-missing': 'A field that must be set is not.',
  'field-type': 'The value has the wrong type.',
  'field-unknown': 'The API has no such field.',
  'field-not-translated': 'The API has the field, and it is not translated.',
  'field-deprecated': 'The field has a newer name.',
  'field-conflict': 'Two fields, or a field and a type, cannot stand together.',
  'value-unknown': 'The value is none of the words the field takes.',
  'value-out-of-range': 'The number is too small or too large.',
  'value-not-supported': 'The API takes the value, and it is not supported.',
  'value-not-translated': 'The API takes the value, and it is not translated.',
  'value-without-effect': 'The value is accepted and changes nothing.',
  'list-length': 'The list has too few or too many items.',
  'list-empty': 'The list must name something.',
  'duration-invalid': 'The value is no duration of the Gateway API.',
  'name-invalid': 'The name has a form that is not allowed.',
  'name-empty': 'The name is empty.',
  'label-invalid': 'A label has a key or value of a form that is not allowed.',
  'hostname-invalid': 'The host name has a form that is not allowed.',
  'header-name-invalid': 'The header name has a form that is not allowed.',
  'address-invalid': 'The address is no IP address, or none of the type that is declared.',
  'selector-invalid': 'A label selector has values where it takes none, or none where it needs them.',
  'path-invalid': 'A path match is not absolute, not normalised, or empty.',
  // kinds' own rules
  'listener-duplicate':
    'Two listeners of a Gateway have the same name, or the same port, protocol and host name.',
  'listener-not-translated': 'The listener has a protocol other than HTTP, and is left out.',
  'port-duplicate': 'Two ports of a Service have the same name or number.',
  'slice-without-service': 'An EndpointSlice does not say which Service it belongs to.',
  'parent-duplicate': 'Two references of a route lead to the same parent and section.',
  'rule-duplicate': 'Two rules of a route have the same name.',
  'match-duplicate': 'A match names a header or query parameter twice.',
  'header-duplicate': 'A header filter names a header twice in one list.',
  'filter-conflict': 'Two filters, or a filter and the rest of its rule, cannot stand together.',
  'filter-not-supported': 'The filter is not supported, and must not be left out.',
  // policies
  'target-invalid': 'A policy targets a kind or group that it cannot.',
  'target-not-translated': 'A policy targets a kind that is not translated.',
  'merge-type-unknown': 'mergeType is neither StrategicMerge nor JSONMerge.',
  'zone-duplicate': 'A zone stands twice in weightedZones.',
  'table-size-not-prime': 'A Maglev table size must be a prime number.',
  'cookie-attribute-invalid': 'A cookie attribute cannot be written in a Set-Cookie header.',
  'annotation-unknown': 'There is no such loadstar/ annotation.',
  'annotation-invalid': 'The value of a loadstar/ annotation breaks its rule.',
  'annotation-conflict': 'A loadstar/ annotation cannot stand in this policy.',
} as const satisfies Readonly<Record<string, string>>;

export type Code = keyof typeof codes;
