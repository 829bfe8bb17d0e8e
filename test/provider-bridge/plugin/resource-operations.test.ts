import { ResourceOperations } from "../../../provider-bridge/plugin/resource-operations";
import type { Provider, ResourceType } from "../../../provider-bridge/plugin/provider";
import { computed, optional, sdkId, setOf } from "../../../provider-bridge/plugin/schema";
import { UNKNOWN, type Values } from "../../../provider-bridge/plugin/values";

/** A resource whose API answers with nothing in any set. */
const answer = { id: "1", tags: [], note: "", rule: [{ port: "", tags: [] }] };
const resource: ResourceType<object> = {
  attributes: { id: sdkId, tags: optional(setOf("string")), note: optional("string"), uuid: computed("string") },
  blocks: {
    rule: {
      nesting: "set",
      block: { attributes: { port: optional("string"), tags: optional(setOf("string")) } },
    },
  },
  create: async () => answer,
  read: async () => answer,
  delete: async () => {},
};

const operations = new ResourceOperations({ style: "legacy" } as unknown as Provider<object>, {
  client: {},
  interrupted: new AbortController().signal,
  diagnostics: [],
});
const planned: Values = { id: UNKNOWN, tags: null, note: null, uuid: UNKNOWN, rule: [{ port: null, tags: null }] };
const asPlanned = { id: "1", tags: null, note: null, uuid: null, rule: [{ port: null, tags: null }] };
const asRead = { ...asPlanned, tags: [], rule: [{ port: "", tags: [] }] };

test("a set that nobody has set is null after a creation, and empty from the first refresh on, as in the plugin SDK", async () => {
  const { state } = await operations.create(resource, planned, planned);
  expect(state).toEqual(asPlanned);
  expect(await operations.read(resource, asPlanned)).toEqual(asRead);
  expect(await operations.read(resource, asRead)).toEqual(asRead);
});
