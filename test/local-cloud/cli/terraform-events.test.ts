import { failureText, parseTerraformEvent } from "../../../local-cloud/cli/terraform-events";

test.each([
  ["site  digitalocean_vpc.network: Creation complete after 0s [id=abc]", "digitalocean_vpc.network", "created"],
  [
    "\u001b[1msite\u001b[0m  tls_private_key.web_key-1: Modifications complete after 3s",
    "tls_private_key.web_key-1",
    "changed",
  ],
  [
    "digitalocean_droplet.a (deposed object 1a2b3c4d): Destruction complete after 30s",
    "digitalocean_droplet.a",
    "destroyed",
  ],
])("the end of a change is recognised in %j", (line, resource, change) => {
  expect(parseTerraformEvent(line)).toEqual({ resource, change });
});

test.each(["site  digitalocean_vpc.network: Creating...", "Apply complete! Resources: 3 added", ""])(
  "nothing is read into %j",
  (line) => expect(parseTerraformEvent(line)).toBeUndefined(),
);

test("the failure text starts at the first error", () => {
  expect(failureText("lots\nof lines\n\u001b[31mError: it broke\n\u001b[0mbecause\n")).toBe(
    "Error: it broke\nbecause\n",
  );
});

test("the failure text is the end of the output where nothing says error", () => {
  expect(failureText("a\nb")).toBe("a\nb");
});
