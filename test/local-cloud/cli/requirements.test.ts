import { findMissingRequirements } from "../../../local-cloud/cli/requirements";

afterEach(() => jest.restoreAllMocks());

test("fails for everyone but root, before anything else is tried", async () => {
  jest.spyOn(process, "getuid").mockReturnValue(1000);
  expect(await findMissingRequirements("/nonexistent")).toEqual([
    { what: "root", remedy: "run it as root, for instance with sudo" },
  ]);
});

test("fails elsewhere than on Linux", async () => {
  const { platform } = process;
  Object.defineProperty(process, "platform", { value: "darwin" });
  try {
    const [missing] = await findMissingRequirements("/nonexistent");
    expect(missing?.what).toBe("Linux (this is darwin)");
  } finally {
    Object.defineProperty(process, "platform", { value: platform });
  }
});

test("fails with the package of every program that is not there", async () => {
  jest.spyOn(process, "getuid").mockReturnValue(0);
  const { PATH } = process.env;
  process.env.PATH = "/nonexistent";
  try {
    const missing = await findMissingRequirements("/nonexistent");
    expect(missing).toContainEqual({ what: "the program nft", remedy: "apt-get install nftables" });
    expect(missing).toContainEqual({ what: "the program systemd-nspawn", remedy: "apt-get install systemd-container" });
  } finally {
    process.env.PATH = PATH;
  }
});
