import { Annotations } from "cdktf";
import type { Construct } from "constructs";
import type { HostFile } from "../cloud-init/host-file";
import type { NodeSettings } from "../cloud-init/node-settings";

/** Pages for visitors, which are there to be replaced. */
const pages = "/usr/share/infrastructure/";

/**
 * Says which files of yours take the place of files that nodes need. It is allowed, because nobody knows what a site needs;
 * whether the file is right is for its own program to tell, and a node on which that does not start is never ready.
 */
export function warnOfReplacedFiles<Settings extends NodeSettings>(
  scope: Construct,
  filesOf: (settings: Settings) => readonly HostFile[],
  settings: Settings,
): void {
  if (settings.extraFiles === undefined || settings.extraFiles.length === 0) return;
  const ours = new Set(filesOf({ ...settings, extraFiles: [] }).map(({ path }) => path));
  settings.extraFiles.forEach(({ path }, index) => {
    if (!ours.has(path) || path.startsWith(pages)) return;
    Annotations.of(scope).addWarning(
      `extraFiles[${index}].path: ${path} takes the place of the platform's own file: what it is for no longer works unless ` +
        "yours does that too, nor does what later versions change in it",
    );
  });
}
