import { parseGoDuration, renderGoDuration, tryParseGoDuration } from "../../../provider-bridge/plugin/go-duration";

describe("Go durations", () => {
  test.each([
    ["60s", 60],
    ["1m0s", 60],
    ["1h30m", 5400],
    ["1.5m", 90],
    ["500ms", 0.5],
  ])("%s is %d seconds", (text, seconds) => expect(parseGoDuration(text)).toBe(seconds));

  test.each(["", "5", "five", "5 m", "-5s", "5d"])("fails to read %j", (text) => {
    expect(tryParseGoDuration(text)).toBeUndefined();
    expect(() => parseGoDuration(text)).toThrow(`got "${text}"`);
  });

  test.each([
    [60, "1m0s"],
    [3600, "1h0m0s"],
    [1, "1s"],
    [90, "1m30s"],
  ])("%d seconds are printed as %s", (seconds, text) => expect(renderGoDuration(seconds)).toBe(text));
});
