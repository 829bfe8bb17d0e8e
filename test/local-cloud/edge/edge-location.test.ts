import { locationCommand, renderEdge } from "../../../local-cloud/edge/edge-location";
import { cloudflareLimits } from "../../../local-cloud/edge/limits";

describe("a location of the edge", () => {
  test("has its address and Cloudflare's limits", () => {
    const command = locationCommand(2, "198.51.100.202", cloudflareLimits);
    for (const variable of [
      "LOCATION=2",
      "ADDRESS=198.51.100.202",
      "CONNECT_SECONDS=19",
      "READ_SECONDS=120",
      "IDLE_SECONDS=900",
      "ACKNOWLEDGE_SECONDS=90",
      "PROBE_AFTER_SECONDS=30",
      "STREAMS=100",
    ])
      expect(command).toContain(variable);
  });

  test("has its share of the visitors' connections", () => {
    const shares = (locations: number) =>
      renderEdge("192.0.2.2", locations, cloudflareLimits).match(/^ +(\S+) \d+;$/gm);
    expect(shares(3)).toEqual(["    33.33% 1;", "    33.33% 2;", "    * 3;"]);
    expect(shares(1)).toEqual(["    * 1;"]);
  });

  test("is fronted by Cloudflare's limits for visitors", () => {
    const lines = renderEdge("192.0.2.2", 1, cloudflareLimits).split("\n");
    expect(lines).toEqual(expect.arrayContaining(["client_max_body_size 100m;", "keepalive_timeout 400s;"]));
  });
});
