// Five projects: `unit` needs nothing but npm packages and runs in seconds; `system` needs the programs and the
// image that `npm test` sets up; `end-to-end` deploys the whole infrastructure on the local cloud; `under-load` makes every
// fault and rolls out changes while visitors ask a hundred times a second; `applications` (./run applications) deploys what
// others wrote, and is not part of `npm test`.
const shared = {
  testEnvironment: "node",
  transform: { "\\.ts$": "<rootDir>/test/transform-typescript.js" },
};

module.exports = {
  // So that a hang ends; longer than nearly any test takes on a machine that is busy with other things.
  testTimeout: 120_000,
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      testPathIgnorePatterns: ["\\.system\\.test\\.ts$", "/test/(end-to-end|under-load|applications)/"],
    },
    { ...shared, displayName: "system", testMatch: ["<rootDir>/test/**/*.system.test.ts"] },
    { ...shared, displayName: "end-to-end", testMatch: ["<rootDir>/test/end-to-end/**/*.test.ts"] },
    { ...shared, displayName: "under-load", testMatch: ["<rootDir>/test/under-load/**/*.test.ts"] },
    { ...shared, displayName: "applications", testMatch: ["<rootDir>/test/applications/*.test.ts"] },
  ],
};
