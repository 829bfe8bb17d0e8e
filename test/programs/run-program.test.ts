import { runProgram, tryRunProgram } from "../../programs/run-program";

test("a program gets its input and gives its output", async () => {
  expect(await runProgram(["cat"], { input: "hello" })).toBe("hello");
});

test("fails with the program's own words when it ends with another status than 0", async () => {
  await expect(runProgram(["sh", "-c", "echo no such thing >&2; exit 3"])).rejects.toThrow(
    "sh: ended with status 3: no such thing",
  );
});

test("fails when the program takes too long", async () => {
  await expect(tryRunProgram(["sleep", "10"], { timeoutSeconds: 0.1 })).rejects.toThrow(
    "sleep: took longer than 0.1 s and was killed",
  );
});

test("fails when there is no such program", async () => {
  await expect(tryRunProgram(["no-such-program"])).rejects.toThrow("no-such-program: cannot be started");
});
