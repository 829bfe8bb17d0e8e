import type { Attribute, Attributes, Block, NestedAttributes, NestedBlock } from "./schema";

/** A resource's schema as the message `Schema` of the plugin protocol. */
export function renderSchema(block: Block, version = 0): object {
  return { version, block: renderBlock(block) };
}

function renderBlock(block: Block): object {
  return {
    attributes: renderAttributes(block.attributes),
    block_types: Object.entries(block.blocks ?? {}).map(([name, nested]) => renderNestedBlock(name, nested)),
  };
}

function renderNestedBlock(name: string, nested: NestedBlock): object {
  return {
    type_name: name,
    nesting: nested.nesting.toUpperCase(),
    min_items: nested.minItems ?? 0,
    max_items: nested.maxItems ?? 0,
    block: renderBlock(nested.block),
  };
}

function renderAttributes(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([name, attribute]) => renderAttribute(name, attribute));
}

function renderAttribute(name: string, attribute: Attribute): object {
  const shape = attribute.nested
    ? { nested_type: renderNested(attribute.nested) }
    : { type: Buffer.from(JSON.stringify(attribute.type)) };
  const { required, optional, computed, sensitive = false, deprecated = false } = attribute;
  return { name, ...shape, required, optional, computed, sensitive, deprecated };
}

function renderNested(nested: NestedAttributes): object {
  return { nesting: nested.nesting.toUpperCase(), attributes: renderAttributes(nested.attributes) };
}
