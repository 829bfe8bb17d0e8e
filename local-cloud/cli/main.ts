import { parseArgs } from "node:util";
import { down } from "./down";
import { isProjectCommand, runProjectCommand, usageOfProjectCommands } from "./project-commands";
import { logs } from "./logs";
import { execAsOperator, runCdktf } from "./operator-commands";
import { power } from "./power";
import { pushImage } from "./push-image";
import { shell } from "./shell";
import { status } from "./status";
import { up } from "./up";
import { parseCount } from "../../programs/parse-count";
import { runMain, UserError } from "../../programs/user-error";

const usage =
  () => `usage: ./run local                             start the local cloud and deploy the stack on it; again: deploy changes
       ./run local status [--json]             what runs where, and who holds the reserved IP
       ./run local cdktf ARGUMENTS...          cdktf against the local cloud: diff, output, deploy, destroy
       ./run local exec COMMAND...             any program against the local cloud: exec doctl compute droplet list
       ./run local logs NODE [ARGUMENTS]       the journal of a droplet; arguments as for journalctl
       ./run local shell NODE [COMMAND]        a root shell on a droplet, or one command there: "ls /etc && id"
                                               NODE: name, its end, or id; of two with one name, the newer
       ./run local power-off NODE              a power cut; power-on boots it again
       ./run local push-image NAME FILE        droplets can pull this image: what podman save or docker save makes;
                                               NAME as in main.ts, --demo for FILE: the demo in a container;
                                               --login USER: its registry asks for REGISTRY_PASSWORD
       ./run local down                        take the local cloud away; only the cache stays
${usageOfProjectCommands()
  .map((line) => `       ./run local ${line}\n`)
  .join("")}
       up [--port PORT] [--json] [--app COMMAND]
                                               PORT on 127.0.0.1 where the site is served, default 8443; COMMAND
                                               synthesizes the stack, as for cdktf, default: that of cdktf.json`;

async function main(argv: readonly string[]): Promise<number> {
  const [command = "up", ...rest] = argv;
  switch (command) {
    case "up": {
      const { values } = parseArgs({
        args: rest,
        options: {
          port: { type: "string", default: "8443" },
          json: { type: "boolean", default: false },
          app: { type: "string" },
        },
      });
      return up({ port: parseCount("--port", values.port, 1, 65535), json: values.json, app: values.app });
    }
    case "status": {
      const { values } = parseArgs({ args: rest, options: { json: { type: "boolean", default: false } } });
      return status(values.json);
    }
    case "cdktf":
      return runCdktf(rest);
    case "exec":
      return execAsOperator(rest);
    case "logs":
      return logs(rest);
    case "shell":
      return shell(rest);
    case "power-off":
    case "power-on":
      return power(command, rest);
    case "push-image":
      return pushImage(rest);
    case "down":
      parseArgs({ args: rest, options: {} });
      return down();
    case "help":
    case "--help":
      process.stdout.write(`${usage()}\n`);
      return 0;
    default:
      if (isProjectCommand(command)) return runProjectCommand(command, rest);
      throw new UserError(`unknown command "${command}"\n${usage()}`);
  }
}

runMain(main, 2);
