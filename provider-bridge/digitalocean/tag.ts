import type { ResourceType } from "../plugin/provider";
import { computed, required, sdkId } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";
import { tagName } from "./tag-set";

interface TagAnswer {
  readonly tag: {
    readonly name: string;
    readonly resources: Readonly<Record<string, { readonly count: number }>> & { readonly count: number };
  };
}

/** `digitalocean_tag` */
export const tag: ResourceType<DigitalOceanClient> = {
  attributes: {
    id: sdkId,
    name: required("string", { forceNew: true, check: tagName }),
    total_resource_count: computed("number"),
    droplets_count: computed("number"),
    images_count: computed("number"),
    volumes_count: computed("number"),
    volume_snapshots_count: computed("number"),
    databases_count: computed("number"),
  },

  async create({ client, planned, created }) {
    const answer = await saying("Error creating tag:", client.post<TagAnswer>("/v2/tags", { name: planned.name }));
    created({ id: answer.tag.name });
    return readTag(client, answer.tag.name);
  },

  read: (state, { client }) => readTag(client, String(state.id)),

  delete: (state, { client }) => saying("Error deleting tag:", client.delete(`/v2/tags/${state.id}`)),

  import: (id) => ({ id }),
};

async function readTag(client: DigitalOceanClient, name: string): Promise<Values | undefined> {
  const answer = await saying("Error retrieving tag:", client.tryGet<TagAnswer>(`/v2/tags/${name}`));
  if (!answer) return undefined;
  const { resources } = answer.tag;
  return {
    id: answer.tag.name,
    name: answer.tag.name,
    total_resource_count: resources.count,
    droplets_count: countOf(resources, "droplets"),
    images_count: countOf(resources, "images"),
    volumes_count: countOf(resources, "volumes"),
    volume_snapshots_count: countOf(resources, "volume_snapshots"),
    databases_count: countOf(resources, "databases"),
  };
}

function countOf(resources: TagAnswer["tag"]["resources"], kind: string): number {
  const counted = resources?.[kind];
  if (counted) return counted.count;
  throw new Error(`tag.resources.${kind}: missing in the API's answer; the real provider crashes on it`);
}
