const placeholder = /@@([A-Z][A-Z0-9_]*)@@/g;

/** Names of the placeholders in a text, each once, sorted. */
export function findPlaceholders(source: string): string[] {
  return [...new Set([...source.matchAll(placeholder)].map((match) => match[1] as string))].sort();
}

/**
 * Puts `values` in the place of the `@@NAME@@` in `source`. Both sets of names must be equal: a placeholder without a
 * value and a value without a placeholder are errors that name the file. Values are not searched for placeholders.
 */
export function fill(name: string, source: string, values: Readonly<Record<string, string>>): string {
  const wanted = findPlaceholders(source);
  const missing = wanted.filter((key) => !(key in values));
  const unused = Object.keys(values).filter((key) => !wanted.includes(key));
  if (missing.length > 0) throw new Error(`${name}: no value for ${missing.join(", ")}, values: ${list(values)}`);
  if (unused.length > 0) throw new Error(`${name}: no placeholder for ${unused.join(", ")}, placeholders: ${wanted}`);
  // A callback, because a replacement string would give `$&` and its like a meaning.
  return source.replace(placeholder, (_, key: string) => values[key] as string);
}

function list(values: Readonly<Record<string, string>>): string {
  return Object.keys(values).join(", ") || "none";
}
