import type { WebInfrastructureProps } from "../../modules";

/** Props in which the settings with these paths (`web.nodes`) have other values. */
export function changedProps(
  props: WebInfrastructureProps,
  changes: Readonly<Record<string, unknown>>,
): WebInfrastructureProps {
  const changed: Record<string, unknown> = { ...props };
  for (const [path, value] of Object.entries(changes)) {
    const [group, name] = path.split(".") as [string, string?];
    changed[group] = name === undefined ? value : { ...(changed[group] as object | undefined), [name]: value };
  }
  return changed as unknown as WebInfrastructureProps;
}
