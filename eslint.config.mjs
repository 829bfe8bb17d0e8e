// What `npm run lint` looks for in TypeScript: faults. How code looks is prettier's business, and whether types fit is
// the compiler's. A rule that is off would ask for changes that make nothing safer here.
import tseslint from "typescript-eslint";

const noOnly = ["test", "describe", "it"].map((object) => ({
  object,
  property: "only",
  message: "The other tests of the file would be left out.",
}));

export default tseslint.config(
  { ignores: ["node_modules", "dist", "cdktf.out", "**/fixtures", "docs/reference"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-async-promise-executor": "error",
      "no-constant-binary-expression": "error",
      "no-dupe-else-if": "error",
      "no-fallthrough": "error",
      "no-loss-of-precision": "error",
      "no-restricted-properties": ["error", ...noOnly],
      "no-self-compare": "error",
      "no-sparse-arrays": "error",
      "no-unreachable-loop": "error",
      "no-unsafe-finally": "error",
      "no-unsafe-optional-chaining": "error",
      "no-unused-labels": "error",
      "no-useless-catch": "error",

      // JSON of APIs, plans and synthesized stacks is `any`: what it holds is what the tests and the vendor's own
      // description (ajv) check.
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/no-base-to-string": "off",
      "@typescript-eslint/restrict-plus-operands": "off",
      "@typescript-eslint/restrict-template-expressions": "off",
      "@typescript-eslint/use-unknown-in-catch-callback-variable": "off",
      // `noUncheckedIndexedAccess` makes the compiler doubt what the line before has made sure.
      "@typescript-eslint/no-non-null-assertion": "off",
      // Does not know that a `beforeAll` may have failed before it assigned what `afterAll` takes away.
      "@typescript-eslint/no-unnecessary-condition": "off",
      // Handlers and plugin calls are given as functions, and some of an interface wait for nothing.
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-confusing-void-expression": "off",
      // Some modules are loaded late, because loading them is what is tested.
      "@typescript-eslint/no-require-imports": "off",
      "@typescript-eslint/no-dynamic-delete": "off",
      // The compiler's `noUnusedLocals` has the same, and lets names that begin with _ be.
      "@typescript-eslint/no-unused-vars": "off",
    },
  },
);
