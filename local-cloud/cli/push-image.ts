import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { StateDirectory } from "../control/directories";
import { serviceNames } from "../platform/address-plan";
import { type ImageReference, parseImageReference } from "../registry/image-reference";
import { provideCloud } from "./provide-cloud";
import { Progress } from "./progress";
import { putImage } from "./put-image";
import { requireRoot } from "./require-root";
import { UserError } from "../../programs/user-error";

const USAGE = "./run local push-image REGISTRY/NAME:TAG FILE [--login USER], or --demo in the place of FILE";
/** Not an argument, which everybody on the machine can read. */
const PASSWORD = "REGISTRY_PASSWORD";

/**
 * `push-image REGISTRY/NAME:TAG FILE`: from now on droplets pull this image by that name, whatever the registry; it
 * need not exist. Starts an empty cloud when none runs. `--demo` takes the demo application, as a container. With
 * `--login USER` the registry asks for this user and the password in the environment, REGISTRY_PASSWORD, until `down`.
 */
export async function pushImage(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { demo: { type: "boolean", default: false }, login: { type: "string" } },
  });
  const [name, file, ...more] = positionals;
  if (name === undefined || (file === undefined) !== values.demo || more.length > 0)
    throw new UserError(`push-image: which image? usage: ${USAGE}`);
  const login = values.login === undefined ? undefined : { user: values.login, password: requirePassword() };
  const reference = await asUserError(async () => parseReference(name));
  if (file !== undefined && !existsSync(file)) throw new UserError(`${file}: there is no such file or directory`);
  requireRoot("push-image");
  const progress = new Progress();
  const cloud = await provideCloud(new StateDirectory(), progress);
  const digest = await asUserError(() => putImage(cloud, reference, file, login));
  progress.say(`${name} can be pulled in the cloud (${digest})`);
  return 0;
}

function requirePassword(): string {
  const password = process.env[PASSWORD];
  if (!password) throw new UserError(`push-image: the password of --login belongs into the environment, ${PASSWORD}`);
  return password;
}

function parseReference(text: string): ImageReference {
  const reference = parseImageReference(text);
  if (reference.registry in serviceNames)
    throw new Error(`image: must not be of ${reference.registry}, which is one of the cloud's own names`);
  return reference;
}

/** What is wrong is wrong with the image or its name. */
async function asUserError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new UserError((error as Error).message);
  }
}
