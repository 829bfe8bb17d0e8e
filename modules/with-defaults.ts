/** Settings in which what was left out, or passed as undefined, is the default. */
export function withDefaults<Settings extends object, Defaults extends object>(
  defaults: Defaults,
  settings: Settings,
): Settings & Required<Pick<Settings, keyof Settings & keyof Defaults>> {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) } as never;
}

/** Those of some properties that a table of checks knows. */
export function only<Table extends object, Props extends object>(
  checks: Table,
  props: Props,
): Pick<Props, keyof Props & keyof Table> {
  return Object.fromEntries(Object.entries(props).filter(([name]) => Object.hasOwn(checks, name))) as never;
}
