import { lengthBetween, notZero } from "../plugin/checks";
import { retryWhile } from "../plugin/deadline";
import { Fields } from "../plugin/fields";
import { KeyedTurns } from "../../programs/turns";
import type { ResourceType } from "../plugin/provider";
import { computed, optional, required, sdkId, type Check } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { isStatus, prefixed, saying, type DigitalOceanClient } from "./client";
import { goTimeText } from "./go-time";

interface VpcAnswer {
  readonly vpc: {
    readonly id: string;
    readonly name: string;
    readonly region: string;
    readonly description: string;
    readonly ip_range: string;
    readonly urn: string;
    readonly default: boolean;
    readonly created_at: string;
  };
}

const cidr: Check = (value, where) =>
  /^[0-9a-fA-F.:]+\/\d{1,3}$/.test(String(value))
    ? undefined
    : `expected "${where}" to be a valid IPv4 or IPv6 Value, got ${value}`;

/** Two creations at once in a region could get the same range. */
const regions = new KeyedTurns();

/** `digitalocean_vpc` */
export const vpc: ResourceType<DigitalOceanClient> = {
  timeouts: { delete: "2m0s" },
  attributes: {
    id: sdkId,
    name: required("string", { check: notZero }),
    region: required("string", { forceNew: true, check: notZero }),
    description: optional("string", { check: lengthBetween(0, 255) }),
    ip_range: optional("string", { computed: true, forceNew: true, check: cidr }),
    urn: computed("string"),
    default: computed("bool"),
    created_at: computed("string"),
  },

  async create({ client, planned, created }) {
    const fields = new Fields(planned);
    const body = {
      name: fields.string("name"),
      region: fields.string("region"),
      description: fields.string("description") || undefined,
      ip_range: fields.string("ip_range") || undefined,
    };
    return regions.run(body.region, async () => {
      const answer = await saying("Error creating VPC:", client.post<VpcAnswer>("/v2/vpcs", body));
      created({ id: answer.vpc.id });
      return readVpc(client, answer.vpc.id);
    });
  },

  read: (state, { client }) => readVpc(client, String(state.id)),

  async update({ client, planned, changed }) {
    const fields = new Fields(planned);
    if (changed("name", "description")) {
      const body = {
        name: fields.string("name"),
        description: fields.string("description"),
        default: fields.bool("default"),
      };
      await saying("Error updating VPC :", client.put(`/v2/vpcs/${planned.id}`, body));
    }
    return readVpc(client, String(planned.id));
  },

  /** A VPC that still has members is refused with 403 or 409; they may be on their way out. */
  async delete(state, { client, deadline }) {
    const isOccupied = (error: unknown) => isStatus(error, 403, 409);
    try {
      await retryWhile(isOccupied, () => client.delete(`/v2/vpcs/${state.id}`), deadline);
    } catch (error) {
      throw isOccupied(error) ? error : prefixed("Error deleting VPC:", error);
    }
  },

  import: (id) => ({ id }),
};

async function readVpc(client: DigitalOceanClient, id: string): Promise<Values | undefined> {
  const answer = await saying("Error reading VPC:", client.tryGet<VpcAnswer>(`/v2/vpcs/${id}`));
  if (!answer) return undefined;
  const { name, region, description, ip_range, urn, created_at } = answer.vpc;
  return {
    id,
    name,
    region,
    description,
    ip_range,
    urn,
    default: answer.vpc.default,
    created_at: goTimeText(created_at),
  };
}
