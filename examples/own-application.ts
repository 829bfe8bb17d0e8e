// An application as people bring one: a private image, a port of its own, secrets, files, directories to write to, with
// a worker and a command that runs each night.
import { App, TerraformVariable } from "cdktf";
import { Stack, WebInfrastructure } from "../modules";

const app = new App();
const stack = new Stack(app, "shop");

/** Its value comes from the environment, `TF_VAR_<name>`, and is in no file of the project. */
const secret = (name: string) => new TerraformVariable(stack, name, { sensitive: true, type: "string" }).stringValue;

new WebInfrastructure(stack, "site", {
  hostname: "shop.example.com",
  zone: { id: "023e105f4ecef8ad9ca31a8372d0c353" },
  app: {
    size: "s-2vcpu-4gb",
    // A new version is tried on a few visitors before it gets all of them.
    canary: {},
    application: {
      kind: "container",
      image: "ghcr.io/example/shop:1.4.2",
      registry: { user: "shop-robot", password: secret("registry_password") },
      port: 3000,
      command: ["bin/rails", "server", "--binding", "0.0.0.0"],
      healthPath: "/up",
      environment: { RAILS_ENV: "production", RAILS_LOG_TO_STDOUT: "1" },
      secrets: { SECRET_KEY_BASE: secret("secret_key_base") },
      databaseVariables: { REPORTS_DATABASE_HOST: "{PGHOST}" },
      writablePaths: ["/rails/tmp", "/rails/log"],
      memoryMib: 2048,
      stopTimeoutSeconds: 60,
      files: [{ path: "/rails/config/features.yml", content: "checkout: new\n" }],
      extraHosts: { "ldap.internal": "10.110.0.9" },
    },
    workers: { mailer: { command: ["bin/jobs", "--queue=mail"], memoryMib: 512, stopTimeoutSeconds: 120 } },
    // At three o'clock in UTC, on one of the nodes.
    schedules: { cleanup: { at: "03:00", command: ["bin/rails", "cleanup"], timeoutMinutes: 30 } },
  },
});

app.synth();
