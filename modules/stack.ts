import path from "node:path";
import { CloudflareProvider } from "@cdktf/provider-cloudflare/lib/provider";
import { DigitaloceanProvider } from "@cdktf/provider-digitalocean/lib/provider";
import { TlsProvider } from "@cdktf/provider-tls/lib/provider";
import { CloudBackend, LocalBackend, NamedCloudWorkspace, TerraformStack, TerraformVariable } from "cdktf";
import type { Construct } from "constructs";
import { liftDeletionProtection } from "./deletion-protection";

/**
 * A stack with the providers, the backend and the secret variables that an infrastructure needs.
 *
 * - Providers are set up by their own environment variables only: `DIGITALOCEAN_TOKEN`, `CLOUDFLARE_API_TOKEN`.
 * - The state holds database passwords and private keys. With `TF_CLOUD_ORGANIZATION` set it is kept in HCP Terraform,
 *   in the workspace `TF_WORKSPACE` or else one with the stack's name; otherwise in a file
 *   `terraform.<stack>.tfstate` in the directory `STATE_DIRECTORY`, or in the current one.
 * - Secrets of the hosts are Terraform variables (`TF_VAR_failover_token`, `TF_VAR_discovery_token`,
 *   `TF_VAR_database_token`).
 * - With `DELETION_PROTECTION=off` nothing is protected from destruction, so that `cdktf destroy` takes all of it away.
 */
export class Stack extends TerraformStack {
  /** Sensitive: DigitalOcean tokens of the nodes. */
  public readonly tokens: {
    /**
     * For the load balancers, which move the reserved IP with it. Scopes: reserved_ip:update, reserved_ip:read,
     * droplet:read, regions:read, sizes:read, actions:read, image:read, tag:read.
     */
    readonly failover: string;
    /** With it nodes find each other. Scopes: droplet:read, tag:read. */
    readonly discovery: string;
    /** With it nodes ask where the servers of the database are. Scope: database:read. Without view_credentials, it shows no password. */
    readonly database: string;
  };

  public constructor(scope: Construct, id: string) {
    super(scope, id);
    createBackend(this, id);
    new DigitaloceanProvider(this, "digitalocean");
    new CloudflareProvider(this, "cloudflare");
    new TlsProvider(this, "tls");
    this.tokens = {
      failover: createSecret(this, "failover_token", "DigitalOcean token that moves the reserved IP"),
      discovery: createSecret(this, "discovery_token", "DigitalOcean token that lists droplets by tag"),
      database: createSecret(this, "database_token", "DigitalOcean token that reads where the database's servers are"),
    };
    if (process.env.DELETION_PROTECTION === "off") liftDeletionProtection(this);
  }
}

function createBackend(stack: Stack, id: string): void {
  const organization = process.env.TF_CLOUD_ORGANIZATION;
  if (organization)
    new CloudBackend(stack, { organization, workspaces: new NamedCloudWorkspace(process.env.TF_WORKSPACE ?? id) });
  else new LocalBackend(stack, { path: path.resolve(process.env.STATE_DIRECTORY ?? ".", `terraform.${id}.tfstate`) });
}

function createSecret(stack: Stack, name: string, description: string): string {
  return new TerraformVariable(stack, name, { type: "string", sensitive: true, nullable: false, description })
    .stringValue;
}
