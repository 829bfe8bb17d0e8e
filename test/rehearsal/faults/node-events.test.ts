import { parseNodeEvents } from "../../../rehearsal/faults/node-events";

const entry = (message: string) => JSON.stringify({ MESSAGE: message, __REALTIME_TIMESTAMP: "1795411885900123" });

test("reads events and their details from a journal, and leaves other lines out", () => {
  const journal = [
    entry("Started hold-reserved-ip.service."),
    entry('event=vrrp from="BACKUP" to="MASTER"'),
    entry('event=claim from=12 vrrp="MASTER"'),
    entry('event=refused step="action 7 in-progress" status=0 pause=0.5'),
  ].join("\n");
  const at = 1795411885900.123;
  expect(parseNodeEvents("lb-1", `${journal}\n`)).toEqual([
    { at, node: "lb-1", event: "vrrp", detail: { from: "BACKUP", to: "MASTER" } },
    { at, node: "lb-1", event: "claim", detail: { from: 12, vrrp: "MASTER" } },
    { at, node: "lb-1", event: "refused", detail: { step: "action 7 in-progress", status: 0, pause: 0.5 } },
  ]);
});
