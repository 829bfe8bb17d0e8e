// Three projects: `unit` needs nothing but npm packages and runs in seconds; `system` needs the programs and the
// image that `npm test` sets up; `end-to-end` deploys the whole infrastructure on the local cloud. `faults` goes through
// the whole fault catalogue (`npm run test:faults`), whose bounds are times and want a machine that does nothing else.
const shared = {
  testEnvironment: "node",
  transform: { "\\.ts$": "<rootDir>/test/transform-typescript.js" },
};

module.exports = {
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      testPathIgnorePatterns: ["\\.system\\.test\\.ts$", "/test/(end-to-end|faults)/"],
    },
    { ...shared, displayName: "system", testMatch: ["<rootDir>/test/**/*.system.test.ts"] },
    { ...shared, displayName: "end-to-end", testMatch: ["<rootDir>/test/end-to-end/**/*.test.ts"] },
    { ...shared, displayName: "faults", testMatch: ["<rootDir>/test/faults/**/*.test.ts"] },
  ],
};
