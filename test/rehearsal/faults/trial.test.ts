import { readFileSync } from "node:fs";
import path from "node:path";
import { CLAIM_GAP_SECONDS } from "../../../rehearsal/faults/trial";

const RULE = "cloud-init/load-balancer/rootfs/usr/local/lib/infrastructure/reserved_ip_rule.py";

test("a trial waits as long as the rule forbids a second claim", () => {
  const rule = readFileSync(path.resolve(__dirname, "../../..", RULE), "utf8");
  expect(/^CLAIM_GAP, CLAIM_GAP_CAP = ([\d.]+), /m.exec(rule)?.[1]).toBe(CLAIM_GAP_SECONDS.toFixed(1));
});
