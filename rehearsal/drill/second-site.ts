import type { SiteChanges } from "../roll-out/deployment";

/** The name of its stack, and so of its state. */
export const secondStack = "web-ams3";

/** What of a site is another one in a second region, with the data that the first one had at that moment. */
export function secondSite(at: string): SiteChanges {
  return {
    name: "www-example-com-ams3",
    region: "ams3",
    "network.ipRange": "10.113.0.0/20",
    "database.restoreFrom": { cluster: "www-example-com-postgres", at },
  };
}
