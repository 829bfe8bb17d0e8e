import type { HostFile } from "./host-file";

/** The variable that has a tag besides those of node.env, by its place in the list. */
export function otherTagKey(index: number): string {
  return `OTHER_TAG_${index + 1}`;
}

/** What tells discover-nodes further tags; no file where there are none. */
export function otherTagsFiles(tags: readonly string[]): HostFile[] {
  const lines = tags.map((tag, index) => `Environment=${otherTagKey(index)}=${tag}\n`);
  const path = "/etc/systemd/system/discover-nodes.service.d/other-tags.conf";
  const comment = "# Tags of the tiers that this site has besides load balancers, web and app nodes.";
  return tags.length === 0 ? [] : [{ path, content: `${comment}\n[Service]\n${lines.join("")}` }];
}
