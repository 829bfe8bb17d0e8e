import { faults, findFault } from "../../../rehearsal/faults/catalogue";
import { databaseFaults, findDatabaseFault } from "../../../rehearsal/faults/database-catalogue";

describe("the catalogue of faults", () => {
  test("names each fault once, in words for a command line, and says what it is", () => {
    const names = faults.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const { sentence } of faults)
      expect(sentence).toMatch(/^(The |Neither |Both |HAProxy |keepalived |hold-reserved-ip |DigitalOcean's ).*\.$/);
  });

  test("a fault of the API alone may neither move the address nor cost a request", () => {
    const apiOnly = faults.filter(({ steps }) =>
      steps.every((step) => "api" in step || ("cut" in step && step.cut === "api")),
    );
    expect(apiOnly.map(({ name }) => name)).toEqual(["api-unreachable", "api-slow", "api-429", "api-500"]);
    for (const { expect: expected } of apiOnly) expect(expected).toEqual({ moves: "none", outageSeconds: 0 });
  });

  test("no fault may move the address more than once", () => {
    expect(faults.filter(({ expect: expected }) => expected.moves === "any")).toEqual([]);
  });

  test("power and frozen machines come back, and files that were broken are mended", () => {
    for (const { name, steps, undo = [], undoneBy } of faults) {
      const lasting = steps.some(
        (step) => ("power" in step && step.power === "off") || ("freeze" in step && step.freeze) || "run" in step,
      );
      expect({ name, undone: undo.length > 0 || undoneBy !== undefined || !lasting }).toEqual({ name, undone: true });
    }
  });

  test("fails for a name that it does not have, with those that it has", () => {
    expect(() => findFault("lightning")).toThrow(/fault: must be one of power-off, freeze, .* got "lightning"/);
  });
});

describe("the catalogue of the database's faults", () => {
  test("names each fault once and apart from those of the pair, and says what it is", () => {
    const names = [...faults, ...databaseFaults].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, sentence } of databaseFaults) {
      expect(name).toMatch(/^database(-[a-z]+)+$/);
      expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
  });

  test("reads fail only where two servers are lost at once, and not for longer than it takes to leave them", () => {
    const failing = databaseFaults.filter(({ visitors }) => visitors.reads !== 0);
    expect(failing.map(({ name, visitors }) => [name, visitors.reads])).toEqual([
      ["database-replicas-lost", 10],
      ["database-primary-and-replica-lost", 10],
    ]);
  });

  test("each is undone on the nodes that it was made on, unless it ends by itself or with its cuts", () => {
    for (const { name, steps, undo = [], undoneBy } of databaseFaults) {
      const roles = (some: typeof steps) => some.map((step) => "database" in step && step.of).filter(Boolean);
      if (undoneBy === undefined) expect({ name, roles: roles(undo) }).toEqual({ name, roles: roles(steps) });
    }
  });

  test("fails for a name that it does not have, with those that it has", () => {
    expect(() => findDatabaseFault("power-off")).toThrow(/must be one of database-power-off, .* got "power-off"/);
  });
});
