import { findCgroup2Mount } from "../../../local-cloud/outer-cloud/cgroup";

const root = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw";

test("cgroup v2 is found where a host with systemd has it", () => {
  const line = "30 24 0:26 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate";
  expect(findCgroup2Mount(`${root}\n${line}\n`)).toBe("/sys/fs/cgroup");
});

test("cgroup v2 is found beside version 1", () => {
  const lines = [
    "29 22 0:25 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755",
    "30 29 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
    "31 29 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
  ];
  expect(findCgroup2Mount([root, ...lines].join("\n"))).toBe("/sys/fs/cgroup/unified");
});

test("fails to find cgroup v2 where there is none", () => {
  expect(findCgroup2Mount(`${root}\n`)).toBeUndefined();
});
