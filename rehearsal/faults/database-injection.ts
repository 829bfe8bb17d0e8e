import type { LocalCloud } from "../../local-cloud/client/local-cloud";
import { findDatabaseNodes, nodesOf, type DatabaseNodes } from "./database-nodes";
import type { DatabaseFault, DatabaseStep } from "./fault";
import { isAppNode } from "./pair";

/** What of a local cloud a fault of the database needs; droplets only where it is about app nodes. */
export interface DatabaseFaultCloud {
  readonly control: Pick<
    LocalCloud["control"],
    "status" | "operateDatabase" | "disturbances" | "beginDisturbance" | "switchDisturbance" | "endDisturbance"
  >;
}

/**
 * Makes a fault on the nodes that have its roles now. Resolves when the steps are done, to when the first of them began to
 * have an effect (milliseconds since 1970). A fault that is in effect is refused. The cloud keeps what is in effect:
 * another program can undo it, also after steps that failed.
 */
export async function inflictOnDatabase({ control }: DatabaseFaultCloud, fault: DatabaseFault): Promise<number> {
  const nodes = await findDatabaseNodes(control);
  await control.beginDisturbance(fault.name, nodes);
  let at = Infinity;
  for (const step of fault.steps) at = Math.min(at, await perform(step, fault, nodes, control));
  if (fault.undoneBy !== undefined) await control.endDisturbance(fault.name);
  return at;
}

/** On the nodes that it was made on, whatever they have become. Does nothing for a fault that is not in effect. */
export async function undoOnDatabase({ control }: DatabaseFaultCloud, fault: DatabaseFault): Promise<void> {
  const found = (await control.disturbances()).find(({ name }) => name === fault.name);
  if (found === undefined) return;
  await control.endDisturbance(fault.name);
  for (const step of fault.undo ?? []) await perform(step, fault, found.note as DatabaseNodes, control);
}

async function perform(
  step: DatabaseStep,
  { name }: DatabaseFault,
  known: DatabaseNodes,
  control: DatabaseFaultCloud["control"],
): Promise<number> {
  const nodes = nodesOf("cutDatabase" in step ? step.cutDatabase : step.of, known);
  if ("database" in step)
    return Math.min(...(await Promise.all(nodes.map((node) => control.operateDatabase(node, step.database)))));
  const droplets = (await control.status()).droplets.filter(isAppNode);
  if (droplets.length === 0) throw new Error(`fault ${name}: needs app nodes, there are none`);
  const cuts = nodes.flatMap((node) => droplets.map(({ id }) => ({ kind: "database", droplet: id, node }) as const));
  await control.switchDisturbance(name, { cuts, apiFaults: [], kills: [] });
  return Date.now();
}
