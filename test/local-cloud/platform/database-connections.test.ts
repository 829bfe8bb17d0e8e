import { connectionLimits, userConnections } from "../../../local-cloud/platform/database-connections";

test.each([
  [1024, 22],
  [2048, 47],
  [4096, 97],
  [16384, 397],
])("a plan with %i MiB gives its users %i connections", (memoryMiB, connections) => {
  expect(userConnections(memoryMiB)).toBe(connections);
});

test("three connections are kept beside them", () => {
  expect(connectionLimits(2048)).toEqual({ max: 50, reserved: 3 });
});

test("a replica smaller than its primary has as many, and keeps more of them", () => {
  expect(connectionLimits(1024, 4096)).toEqual({ max: 100, reserved: 78 });
  expect(connectionLimits(4096, 1024)).toEqual({ max: 100, reserved: 3 });
});
