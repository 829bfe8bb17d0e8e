import { agrees, compare, portsToTry, type Reach } from "../../../rehearsal/reach/compare";

const proved: Reach[] = [
  { from: "web", to: "app", protocol: "tcp", ports: "8000, 8501-8510" },
  { from: "app", to: "any address", protocol: "udp", ports: "53" },
  { from: "app", to: "any address", protocol: "icmp", ports: "" },
  { from: "lb", to: "lb", protocol: "udp", ports: "4789" },
  { from: "bare", to: "any address", protocol: "tcp", ports: "all" },
];

test("tries both ends of what is proved, and what is often forgotten", () => {
  expect(portsToTry(proved, "tcp")).toEqual(expect.arrayContaining([1, 22, 5432, 8000, 8501, 8510, 65535]));
  expect(portsToTry(proved, "udp")).toEqual(expect.arrayContaining([53, 123, 4789]));
});

describe("what is measured beside what is proved", () => {
  const tried = { tcp: [22, 8000, 8501, 9000], udp: [53, 4789] };
  const reached = (from: string, to: string, protocol: string, port: number) => ({ from, to, protocol, port });
  const all = [
    ...[8501, 8000, 8000].map((port) => reached("web", "app", "tcp", port)),
    ...["any address", "Cloudflare"].flatMap((outside) => [
      reached("app", outside, "udp", 53),
      reached("app", outside, "icmp", 0),
      ...tried.tcp.map((port) => reached("bare", outside, "tcp", port)),
    ]),
  ];

  test("is the same where it is; VXLAN is not heard", () => {
    const rows = compare(proved, all, tried);
    expect(rows.filter((row) => !agrees(row))).toEqual([]);
    expect(rows).toContainEqual({
      from: "web",
      to: "app",
      protocol: "tcp",
      proved: [8000, 8501],
      measured: [8000, 8501],
    });
  });

  test.each([
    ["more gets through than is proved", [...all, reached("web", "app", "tcp", 22)], "web app tcp"],
    ["less gets through", all.filter(({ from, port }) => from !== "web" || port !== 8501), "web app tcp"],
    ["something gets through that nothing is proved of", [...all, reached("app", "web", "icmp", 0)], "app web icmp"],
  ])("differs where %s", (_, measured, where) => {
    const differing = compare(proved, measured, tried).filter((row) => !agrees(row));
    expect(differing.map(({ from, to, protocol }) => `${from} ${to} ${protocol}`)).toEqual([where]);
  });
});
