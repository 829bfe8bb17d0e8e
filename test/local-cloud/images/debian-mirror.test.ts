import { findDebianMirror, PUBLIC_MIRROR } from "../../../local-cloud/images/debian-mirror";

test("the mirror is that of the machine's one-line sources", () => {
  const text = "# comment\ndeb [signed-by=/usr/share/keyrings/x.gpg] http://mirror.example/debian/ bookworm main\n";
  expect(findDebianMirror(["", text])).toBe("http://mirror.example/debian");
});

test("the mirror is that of the machine's deb822 sources", () => {
  const text = "Types: deb\nURIs: https://mirror.example/debian\nSuites: trixie\nComponents: main\n";
  expect(findDebianMirror([text])).toBe("https://mirror.example/debian");
});

test("the public mirror is used where the sources are not Debian's, as on Ubuntu", () => {
  const text =
    "deb http://archive.example/ubuntu noble main\ndeb http://x.example/debian-security trixie-security main\n";
  expect(findDebianMirror([text])).toBe(PUBLIC_MIRROR);
});
