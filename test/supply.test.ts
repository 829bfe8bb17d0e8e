import { readFileSync } from "node:fs";
import path from "node:path";

interface Package {
  readonly version?: string;
  readonly integrity?: string;
  /** It is in the archive of the package that has it. */
  readonly inBundle?: boolean;
  readonly license?: string;
}

const read = (file: string) => JSON.parse(readFileSync(path.join(__dirname, "..", file), "utf8"));
const { dependencies, devDependencies, peerDependencies } = read("package.json") as Record<
  string,
  Record<string, string>
>;
const locked = Object.entries(read("package-lock.json").packages as Record<string, Package>).filter(
  ([at]) => at !== "",
);

/** What may be used, changed and sold on without more than naming the author; MPL-2.0 asks for changes of its files only. */
const LICENCES = [
  ...["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "BlueOak-1.0.0", "Python-2.0", "MPL-2.0"],
  ...["CC0-1.0", "CC-BY-4.0", "Unlicense", "Public Domain"],
];

test("what is depended on is one version", () => {
  const all = Object.entries({ ...dependencies, ...devDependencies });
  expect(all.length).toBeGreaterThan(20);
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test("whoever installs the package chooses the versions of what it extends", () => {
  expect(Object.keys(peerDependencies!).sort()).toEqual(
    ["@cdktf/provider-cloudflare", "@cdktf/provider-digitalocean", "@cdktf/provider-tls", "cdktf", "constructs"].sort(),
  );
});

test("every archive that is installed has its hash in the lock file", () => {
  expect(locked.length).toBeGreaterThan(500);
  const unproved = locked.filter(([, { integrity = "", inBundle }]) => !inBundle && !integrity.startsWith("sha512-"));
  expect(unproved.map(([at]) => at)).toEqual([]);
});

test("every licence is one that the project can be used with", () => {
  const fits = ({ license = "none" }: Package) => {
    const choices = license.replace(/^\(|\)$/g, "").split(" OR ");
    return choices.some((choice) => LICENCES.includes(choice));
  };
  expect(locked.filter(([, one]) => !fits(one)).map(([at, { license }]) => `${at}: ${license}`)).toEqual([]);
});
