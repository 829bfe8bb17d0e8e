import { createHash } from "node:crypto";
import { oneOf } from "../plugin/checks";
import { Fields } from "../plugin/fields";
import type { DataSource } from "../plugin/provider";
import { computed, listOf, objectOf, optional, required, sdkId, type NestedBlock } from "../plugin/schema";
import { isList, type Value, type Values, type ValueType } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";

export interface RecordList {
  /** Name of the attribute with the result, also the key in the API's answer. */
  readonly result: string;
  readonly path: string;
  readonly record: Readonly<Record<string, ValueType>>;
}

/** A data source with `filter` and `sort` over everything that a list of the API has. */
export function recordList({ result, path, record }: RecordList): DataSource<DigitalOceanClient> {
  return {
    attributes: { id: sdkId, [result]: computed(listOf(objectOf(record))) },
    blocks: { filter: filterBlock(Object.keys(record)), sort: sortBlock(record) },

    async read(config, { client }) {
      const records = await saying("Unable to load records:", client.list<Values>(path, result));
      const hash = createHash("sha1").update(JSON.stringify(records)).digest("hex");
      const fields = new Fields(config);
      const filters = fields.blocks("filter").map(withDefaults);
      const kept = filters.reduce(
        applyFilter,
        records.map((one) => pick(one, record)),
      );
      return {
        id: `${result}/${hash}`,
        filter: filters.map(({ values }) => values),
        [result]: sorted(kept, fields.blocks("sort")),
      };
    },
  };
}

/** The fields of a record that the state has. */
export function pick(record: Values, type: RecordList["record"]): Values {
  return Object.fromEntries(Object.keys(type).map((name) => [name, record[name] ?? null]));
}

function filterBlock(keys: readonly string[]): NestedBlock {
  return {
    nesting: "set",
    block: {
      attributes: {
        key: required("string", { check: oneOf(...keys) }),
        values: required(listOf("string")),
        all: optional("bool", { default: false }),
        match_by: optional("string", { default: "exact", check: oneOf("exact", "re", "substring") }),
      },
    },
  };
}

function sortBlock(record: RecordList["record"]): NestedBlock {
  const keys = Object.keys(record).filter((name) => typeof record[name] === "string");
  return {
    nesting: "list",
    block: {
      attributes: {
        key: required("string", { check: oneOf(...keys) }),
        direction: optional("string", { check: oneOf("asc", "desc") }),
      },
    },
  };
}

function withDefaults({ values }: Fields): Fields {
  return new Fields({ ...values, all: values.all ?? false, match_by: values.match_by ?? "exact" });
}

function applyFilter(records: readonly Values[], filter: Fields): Values[] {
  const key = filter.string("key");
  const values = filter.strings("values");
  const isMatch = (record: Values) => (value: string) => matches(record[key] ?? null, value, filter.string("match_by"));
  return records.filter((record) =>
    filter.bool("all") ? values.every(isMatch(record)) : values.some(isMatch(record)),
  );
}

/** A list matches when one of its elements does. */
function matches(value: Value, wanted: string, matchBy: string): boolean {
  if (isList(value)) return value.some((element) => matches(element, wanted, matchBy));
  if (typeof value === "number") return Math.abs(value - Number(wanted)) < 1e-6;
  if (typeof value === "boolean") return String(value) === wanted;
  const text = String(value);
  if (matchBy === "re") return new RegExp(wanted).test(text);
  return matchBy === "substring" ? text.includes(wanted) : text.toLowerCase() === wanted.toLowerCase();
}

function sorted(records: readonly Values[], orders: readonly Fields[]): Values[] {
  return [...records].sort((left, right) => {
    for (const order of orders) {
      const key = order.string("key");
      const direction = order.string("direction") === "desc" ? -1 : 1;
      const [a, b] = [left[key] ?? null, right[key] ?? null];
      if (a !== b) return (a as string) < (b as string) ? -direction : direction;
    }
    return 0;
  });
}
