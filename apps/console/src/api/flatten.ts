/** The fields of a JSON document by their path: `options.epochs`: `3`. */
export function flatten(json: string): Map<string, string> {
  const fields = new Map<string, string>();
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null) for (const [name, inner] of Object.entries(value)) walk(inner, path === '' ? name : `${path}.${name}`);
    else fields.set(path, String(value));
  };
  try {
    walk(JSON.parse(json), '');
  } catch {
    fields.set('', json);
  }
  return fields;
}
