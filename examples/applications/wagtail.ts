// A site made with Wagtail (https://wagtail.org) as `wagtail start newsroom` makes it: Django, gunicorn, psycopg. Static
// files come from WhiteNoise, and uploads are in the database: on a node they would be gone with it.
import { App, TerraformVariable } from "cdktf";
import { Stack, WebInfrastructure } from "../../modules";

const app = new App();
const stack = new Stack(app, "newsroom");
const hostname = "newsroom.example.com";
/** Its value comes from the environment, `TF_VAR_<name>`. */
const secret = (name: string) => new TerraformVariable(stack, name, { type: "string", sensitive: true }).stringValue;

new WebInfrastructure(stack, "site", {
  hostname,
  zone: { id: "023e105f4ecef8ad9ca31a8372d0c353" },
  app: {
    application: {
      kind: "container",
      image: `registry.example.com/newsroom:${process.env.VERSION ?? "8.0.1"}`,
      healthPath: "/up",
      releaseCommand: ["python3", "release.py"],
      environment: { SITE_HOSTNAME: hostname },
      secrets: { SECRET_KEY: secret("secret_key"), ADMIN_PASSWORD: secret("admin_password") },
    },
  },
});

app.synth();
