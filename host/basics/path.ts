/** A field of a document, as a path and in words. */

export type Path = readonly (string | number)[];

/** `spec.rules[0].name`; keys that are no plain names are quoted: `metadata.labels["a/b"]`. */
export function fieldName(path: Path): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (/^[A-Za-z0-9_]+$/.test(segment)) text += text === '' ? segment : `.${segment}`;
    else text += `[${JSON.stringify(segment)}]`;
  }
  return text;
}
