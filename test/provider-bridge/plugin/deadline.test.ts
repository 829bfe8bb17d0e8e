import { Deadline, retryWhile, waitForState } from "../../../provider-bridge/plugin/deadline";

const never = new AbortController().signal;

describe("waiting for a state", () => {
  test("ends when the target is there", async () => {
    const states = [undefined, "new", "active"];
    const looks: unknown[] = [];
    const look = async () => {
      looks.push(states[0]);
      return states.shift();
    };
    await waitForState({ target: "active", pending: ["new"], look }, new Deadline(30, never));
    expect(looks).toEqual([undefined, "new", "active"]);
  });

  test("fails at once for a state that leads nowhere", async () => {
    const wait = waitForState({ target: "active", pending: ["new"], look: async () => "off" }, new Deadline(30, never));
    await expect(wait).rejects.toThrow("unexpected state 'off', wanted target 'active'");
  });

  test("fails with its own text when it began with the operation", async () => {
    const wait = waitForState(
      { target: "off", pending: ["active"], look: async () => "active" },
      new Deadline(0.4, never),
    );
    await expect(wait).rejects.toThrow("timeout while waiting for state to become 'off' (timeout: 0.4s)");
  });

  test("fails with its own text also when this process stalls beyond both", async () => {
    const wait = waitForState(
      { target: "off", pending: ["active"], look: async () => "active" },
      new Deadline(0.4, never),
    );
    const until = performance.now() + 500;
    while (performance.now() < until);
    await expect(wait).rejects.toThrow("timeout while waiting for state to become 'off' (timeout: 0.4s)");
  });

  test("fails with the operation's text when that ends first", async () => {
    const wait = { target: "off", pending: ["active"], look: async () => "active", limitSeconds: 60 };
    await expect(waitForState(wait, new Deadline(0.4, never))).rejects.toThrow("context deadline exceeded");
  });

  test("fails when Terraform is interrupted", async () => {
    const interrupt = new AbortController();
    const wait = { target: "off", pending: ["active"], look: async () => "active" };
    setTimeout(() => interrupt.abort(), 50);
    await expect(waitForState(wait, new Deadline(60, interrupt.signal))).rejects.toThrow("context canceled");
  });
});

describe("trying again", () => {
  test("ends with the first success", async () => {
    let failures = 2;
    const attempt = async () => {
      if (failures-- > 0) throw new Error("busy");
      return "done";
    };
    await expect(retryWhile(() => true, attempt, new Deadline(30, never))).resolves.toBe("done");
  });

  test("fails at once with an error that does not pass", async () => {
    const attempt = () => Promise.reject(new Error("refused"));
    await expect(retryWhile(() => false, attempt, new Deadline(30, never))).rejects.toThrow("refused");
  });

  test("fails with the last error at the deadline", async () => {
    const attempt = () => Promise.reject(new Error("busy"));
    await expect(retryWhile(() => true, attempt, new Deadline(0.3, never))).rejects.toThrow("busy");
  });
});
