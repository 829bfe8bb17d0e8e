import { cp, mkdir } from "node:fs/promises";
import path from "node:path";
import { runProgram } from "../../../programs/run-program";
import type { ImageRecipe } from "./application-image";

const OWN_FILES = path.join(__dirname, "wagtail");
/** Of the Python of the image, which is Debian 13's, and not of this machine's. */
const TARGET = ["--python-version=3.13", "--platform=manylinux2014_x86_64", "--platform=manylinux_2_28_x86_64"];
const REQUIREMENTS = [
  "Django==5.2.19",
  "gunicorn==27.0.1",
  "psycopg[binary]==3.3.9",
  "whitenoise==6.12.0",
  "dj-database-url==3.1.2",
];

/** A site as `wagtail start` makes it, with gunicorn, WhiteNoise, and uploaded files in the database. */
export const wagtail: ImageRecipe = {
  files: [__filename, OWN_FILES],
  packages: ["python3"],
  config: {
    User: "1000:1000",
    WorkingDir: "/app",
    Env: ["PYTHONPATH=/app:/opt/site", "PYTHONUNBUFFERED=1", "DJANGO_SETTINGS_MODULE=newsroom.settings.production"],
    // It listens on $PORT.
    Cmd: ["python3", "-m", "gunicorn", "--workers", "2", "--threads", "4", "newsroom.wsgi"],
  },
  async fill(root, version) {
    const site = path.join(root, "opt/site");
    const install = [
      "python3",
      "-m",
      "pip",
      "install",
      "--quiet",
      "--target",
      site,
      ...TARGET,
      "--only-binary=:all:",
      "--no-compile",
    ];
    await runProgram([...install, `wagtail==${version}`, ...REQUIREMENTS], { timeoutSeconds: 600 });
    await mkdir(path.join(root, "app"));
    await mkdir(path.join(root, "tmp"), { mode: 0o1777 });
    // Inside the image, with its Python; what the site asks of the environment has no part in what is made here.
    const environment = {
      PATH: "/usr/sbin:/usr/bin",
      PYTHONPATH: "/app:/opt/site",
      DJANGO_SETTINGS_MODULE: "newsroom.settings.production",
      SECRET_KEY: "none",
      SITE_HOSTNAME: "localhost",
    };
    const inside = (...argv: string[]) =>
      runProgram(["chroot", root, "python3", ...argv], { environment, timeoutSeconds: 300 });
    await inside("-m", "wagtail.bin.wagtail", "start", "newsroom", "/app");
    await cp(path.join(OWN_FILES, "app"), path.join(root, "app"), { recursive: true });
    await inside("/app/manage.py", "collectstatic", "--noinput");
  },
};
