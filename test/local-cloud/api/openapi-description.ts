import Ajv, { type ValidateFunction } from "ajv";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";

/** Where the vendor's own description of its API lies, when it is there. */
export const descriptionDirectory = resolve(__dirname, "../../../../shared/reference/digitalocean-api");

export const hasDescription = existsSync(join(descriptionDirectory, "paths.yml"));

/** One operation of the description. */
export interface Operation {
  readonly method: string;
  /** As the description writes it: `/v2/droplets/{droplet_id}`. */
  readonly path: string;
  readonly scopes: readonly string[];
}

type Json = Record<string, any>;

/** DigitalOcean's OpenAPI description, with every reference resolved. */
export class OpenApiDescription {
  private readonly files = new Map<string, Json>();
  private readonly resolved = new Map<string, any>();
  private readonly validators = new Map<string, ValidateFunction | undefined>();
  private readonly ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false, formats: knownFormats });
  private readonly paths: Json;

  constructor(private readonly directory: string) {
    this.paths = this.read(join(directory, "paths.yml"))["paths"];
  }

  /** The operation that a request addresses. Literal paths win over those with parameters. */
  tryFindOperation(method: string, path: string): Operation | undefined {
    const described = Object.keys(this.paths)
      .filter((pattern) => pathPattern(pattern).test(path) && this.paths[pattern][method.toLowerCase()])
      .sort((one, other) => one.split("{").length - other.split("{").length)[0];
    if (described === undefined) return undefined;
    const scopes = (this.operation(method, described)["security"] ?? []).flatMap(
      (entry: Json) => entry["bearer_auth"] ?? [],
    );
    return { method, path: described, scopes };
  }

  /** Those that an operation describes by their number. */
  statuses({ method, path }: Operation): string[] {
    return Object.keys(this.operation(method, path)["responses"]);
  }

  /** What is wrong with an answer by the description; empty when nothing is. */
  problems(operation: Operation, status: number, body: unknown): string[] {
    const key = `${operation.method} ${operation.path} ${status}`;
    if (!this.validators.has(key)) this.validators.set(key, this.compile(operation, status));
    const validate = this.validators.get(key);
    if (!validate) return body === undefined ? [] : [`${key}: no content is described`];
    if (validate(body)) return [];
    return (validate.errors ?? []).map((error) => `${key}: ${error.instancePath} ${error.message ?? ""}`);
  }

  private compile({ method, path }: Operation, status: number): ValidateFunction | undefined {
    const responses = this.operation(method, path)["responses"];
    const response = responses[`${status}`] ?? responses["default"];
    const schema = response?.content?.["application/json"]?.schema;
    return schema && this.ajv.compile(toJsonSchema(schema));
  }

  private operation(method: string, path: string): Json {
    const operation = this.paths[path][method.toLowerCase()];
    return this.resolve(operation, join(this.directory, "paths.yml"));
  }

  /** Parts of the vendor's repository that are not in the reference accept anything. */
  private read(file: string): Json {
    if (!existsSync(file)) return {};
    const known = this.files.get(file) ?? (parse(readFileSync(file, "utf8")) as Json);
    this.files.set(file, known);
    return known;
  }

  private resolve(value: any, file: string): any {
    if (Array.isArray(value)) return value.map((entry) => this.resolve(entry, file));
    if (typeof value !== "object" || value === null) return value;
    if (typeof value.$ref === "string") {
      const [target = "", pointer = ""] = value.$ref.split("#");
      const inFile = target === "" ? file : resolve(dirname(file), target);
      const name = `${inFile}#${pointer}`;
      const parts = pointer.split("/").filter(Boolean);
      const find = (): any => parts.reduce((part: any, key: string) => part?.[key] ?? {}, this.read(inFile));
      if (!this.resolved.has(name)) this.resolved.set(name, this.resolve(find(), inFile));
      return this.resolved.get(name);
    }
    // Examples and code samples may refer to files that are not part of the reference.
    const entries = Object.entries(value).filter(
      ([key]) => !["example", "examples", "x-codeSamples", "headers", "links"].includes(key),
    );
    return Object.fromEntries(entries.map(([key, entry]) => [key, this.resolve(entry, file)]));
  }
}

/** `nullable` of OpenAPI 3.0 in the words of JSON Schema. */
function toJsonSchema(schema: any): any {
  if (Array.isArray(schema)) return schema.map(toJsonSchema);
  if (typeof schema !== "object" || schema === null) return schema;
  const { nullable, discriminator: _discriminator, ...rest } = schema;
  const converted = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, toJsonSchema(value)]));
  return nullable === true ? { anyOf: [converted, { type: "null" }] } : converted;
}

function pathPattern(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.]/g, "\\.").replace(/\{[^}]+\}/g, "[^/]+")}$`);
}

const knownFormats = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  ipv4: /^\d{1,3}(\.\d{1,3}){3}$/,
  email: /@/,
  ...Object.fromEntries(
    ["ipv6", "uri", "url", "string", "hostname", "float", "double", "int32", "int64", "binary", "date"].map((name) => [
      name,
      true,
    ]),
  ),
} as const;
