import type { Droplet } from "../../../local-cloud/platform/platform";

const VPC = { uuid: "5a4981aa-9653-4bd1-bef5-d6bff52042e4", ipRange: "10.20.0.0/20" };

/** A droplet like those that the API makes; `number` gives it its id and addresses. */
export function exampleDroplet(number: number, userData = "#cloud-config\n", more: Partial<Droplet> = {}): Droplet {
  return {
    id: 100 + number,
    name: `node-${number}`,
    image: "debian-13-x64",
    region: "fra1",
    memoryMiB: 1024,
    vcpus: 1,
    vpc: VPC,
    publicAddress: `203.0.113.${9 + number}`,
    anchorAddress: `10.17.0.${9 + number}`,
    privateAddress: `10.20.0.${4 + number}`,
    userData,
    publicKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGV4YW1wbGUgb25seSwgbm90IGEga2V5ISEh test"],
    tags: ["web"],
    ...more,
  };
}
