import type { Value, ValueType } from "./values";

/** Says what is wrong with a known, non-null value, or nothing. `where` is its path, `rule.0.type`. */
export type Check = (value: Value, where: string) => string | undefined;

/** Attributes inside an attribute (plugin framework), where the older SDK would have used a block. */
export interface NestedAttributes {
  readonly nesting: "single" | "list" | "set" | "map";
  readonly attributes: Attributes;
}

export interface AttributeOptions {
  /** With `optional`: the provider fills the value in when the configuration leaves it out. */
  readonly computed?: boolean;
  readonly sensitive?: boolean;
  readonly deprecated?: boolean;
  /** A change replaces the object. */
  readonly forceNew?: boolean;
  /** Value when the configuration leaves it out. */
  readonly default?: Value;
  /** Framework only: keep the state's value while the configuration leaves it out, instead of "known after apply". */
  readonly keep?: boolean;
  /** Framework only: a time, which the state holds with whole seconds, however exactly the API writes it. */
  readonly time?: boolean;
  /** What the state holds for a configured value, for example its hash. */
  readonly store?: (configured: string) => string;
  /** Whether a configured value means the same as what the state holds, although it is written differently. */
  readonly same?: (stored: Value, configured: Value) => boolean;
  readonly check?: Check;
}

export interface Attribute extends AttributeOptions {
  readonly type: ValueType;
  readonly nested?: NestedAttributes;
  readonly required: boolean;
  readonly optional: boolean;
  readonly computed: boolean;
}

export type Attributes = Readonly<Record<string, Attribute>>;

export interface NestedBlock {
  readonly nesting: "single" | "list" | "set";
  readonly block: Block;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly forceNew?: boolean;
  /** The provider keeps what the state holds when the configuration has no such block. */
  readonly computed?: boolean;
}

export interface Block {
  readonly attributes: Attributes;
  readonly blocks?: Readonly<Record<string, NestedBlock>>;
}

type AttributeShape = ValueType | NestedAttributes;

export function required(shape: AttributeShape, options: AttributeOptions = {}): Attribute {
  return { ...options, ...ofShape(shape), required: true, optional: false, computed: false };
}

export function optional(shape: AttributeShape, options: AttributeOptions = {}): Attribute {
  return { ...options, ...ofShape(shape), required: false, optional: true, computed: options.computed ?? false };
}

/** Set by the provider alone. */
export function computed(shape: AttributeShape, options: AttributeOptions = {}): Attribute {
  return { ...options, ...ofShape(shape), required: false, optional: false, computed: true };
}

/** The attribute `id` that the plugin SDK v2 adds to every type. */
export const sdkId = optional("string", { computed: true });

export const listOf = (element: ValueType): ValueType => ["list", element];
export const setOf = (element: ValueType): ValueType => ["set", element];
export const mapOf = (element: ValueType): ValueType => ["map", element];
export const objectOf = (members: Readonly<Record<string, ValueType>>): ValueType => ["object", members];

export const nestedSingle = (attributes: Attributes): NestedAttributes => ({ nesting: "single", attributes });
export const nestedList = (attributes: Attributes): NestedAttributes => ({ nesting: "list", attributes });
export const nestedMap = (attributes: Attributes): NestedAttributes => ({ nesting: "map", attributes });

/** The object type of everything in a block: what travels on the wire for a resource of this schema. */
export function typeOfBlock(block: Block): ValueType {
  const blocks = Object.entries(block.blocks ?? {}).map(([name, nested]) => [name, typeOfNestedBlock(nested)] as const);
  return objectOf({ ...membersOf(block.attributes), ...Object.fromEntries(blocks) });
}

export function typeOfNestedBlock(nested: NestedBlock): ValueType {
  const inner = typeOfBlock(nested.block);
  return nested.nesting === "single" ? inner : [nested.nesting, inner];
}

function ofShape(shape: AttributeShape): Pick<Attribute, "type" | "nested"> {
  if (typeof shape === "string" || Array.isArray(shape)) return { type: shape as ValueType };
  const nested = shape as NestedAttributes;
  const inner = objectOf(membersOf(nested.attributes));
  return { nested, type: nested.nesting === "single" ? inner : [nested.nesting, inner] };
}

function membersOf(attributes: Attributes): Readonly<Record<string, ValueType>> {
  return Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, attribute.type]));
}
