/**
 * Shell commands as root, on one line and without double quotes: from then on nothing in /var can be written, made or
 * replaced, because a layer without any space lies over what is there. What was open before stays so.
 */
export const FILL_VAR =
  "mkdir -p /run/full && mount -t tmpfs -o size=64k tmpfs /run/full && mkdir /run/full/upper /run/full/work && " +
  "mount -t overlay overlay -o lowerdir=/var,upperdir=/run/full/upper,workdir=/run/full/work /var && " +
  "{ cat /dev/zero >/run/full/filling 2>/dev/null || :; }";
