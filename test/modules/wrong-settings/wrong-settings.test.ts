import { Token } from "cdktf";
import { SettingsError } from "../../../modules";
import { type Built, goodSettings } from "./good-settings";

/**
 * Changes of good settings by the paths of these, and what is said about them: all of it, or what is before "…". No message
 * may hold "hunter2", which is whatever could be a secret.
 */
type Row = readonly [changes: Readonly<Record<string, unknown>>, said: string | readonly string[]];

const all = goodSettings();
const late = Token.asString({ resolve: () => "x" });
const lateNumber = Token.asNumber({ resolve: () => 3 });
const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const file = { path: "/etc/example", content: "" };
const archive = { url: "https://example.com/site.tar.gz", sha256: "0".repeat(64) };
const zoneId = "023e105f4ecef8ad9ca31a8372d0c353";

const rows: Readonly<Record<string, readonly [of: string, rows: readonly Row[]]>> = {
  "names and places": [
    "WebInfrastructure",
    [
      [{ hostname: undefined }, "hostname: is missing"],
      [{ hostname: null }, "hostname: must be a fully qualified host name such as www.example.com, got null"],
      [{ hostname: "" }, 'hostname: must be a fully qualified host name such as www.example.com, got ""'],
      [{ hostname: "www" }, 'hostname: must be a fully qualified host name such as www.example.com, got "www"'],
      [
        { hostname: "https://www.example.com" },
        'hostname: must be a fully qualified host name such as www.example.com, got "https://www.example.com"',
      ],
      [
        { hostname: "www.example.com/" },
        'hostname: must be a fully qualified host name such as www.example.com, got "www.example.com/"',
      ],
      [
        { hostname: "www.example.com." },
        'hostname: must be a fully qualified host name such as www.example.com, got "www.example.com."',
      ],
      [
        { hostname: "www.example.com:443" },
        'hostname: must be a fully qualified host name such as www.example.com, got "www.example.com:443"',
      ],
      [
        { hostname: " www.example.com" },
        'hostname: must be a fully qualified host name such as www.example.com, got " www.example.com"',
      ],
      [
        { hostname: "www.example.com\n" },
        'hostname: must be a fully qualified host name such as www.example.com, got "www.example.com\\n"',
      ],
      [
        { hostname: "www..example.com" },
        'hostname: must be a fully qualified host name such as www.example.com, got "www..example.com"',
      ],
      [
        { hostname: "-www.example.com" },
        'hostname: must be a fully qualified host name such as www.example.com, got "-www.example.com"',
      ],
      [
        { hostname: "www_1.example.com" },
        'hostname: must be a fully qualified host name such as www.example.com, got "www_1.example.com"',
      ],
      [
        { hostname: "*.example.com" },
        'hostname: must be a fully qualified host name such as www.example.com, got "*.example.com"',
      ],
      [
        { hostname: "192.0.2.1" },
        'hostname: must be a fully qualified host name such as www.example.com, got "192.0.2.1"',
      ],
      [
        { hostname: "2001:db8::1" },
        'hostname: must be a fully qualified host name such as www.example.com, got "2001:db8::1"',
      ],
      [
        { hostname: "${x}.example.com" },
        'hostname: must be a fully qualified host name such as www.example.com, got "${x}.example.com"',
      ],
      [
        { hostname: "%{x}.example.com" },
        'hostname: must be a fully qualified host name such as www.example.com, got "%{x}.example.com"',
      ],
      [
        { hostname: "`id`.example.com" },
        'hostname: must be a fully qualified host name such as www.example.com, got "`id`.example.com"',
      ],
      [
        { hostname: "a\0.example.com" },
        'hostname: must be a fully qualified host name such as www.example.com, got "a\\u0000.example.com"',
      ],
      [
        { hostname: "www.ex\u0430mple.com" },
        'hostname: must not mix letters of alphabets that look alike, got "www.ex\u0430mple.com" with U+0430',
      ],
      [
        { hostname: "www.example\u200b.com" },
        'hostname: must be a fully qualified host name such as www.example.com, got "www.example\u200b.com" with U+200B',
      ],
      [
        { hostname: `${"a".repeat(64)}.example.com` },
        'hostname: must be a fully qualified host name such as www.example.com, got "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com"',
      ],
      [
        { hostname: `${"a.".repeat(130)}com` },
        'hostname: must be a fully qualified host name such as www.example.com, got "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a."… of 263 characters',
      ],
      [{ hostname: 5 }, "hostname: must be a fully qualified host name such as www.example.com, got 5"],
      [
        { hostname: ["www.example.com"] },
        "hostname: must be a fully qualified host name such as www.example.com, got a list",
      ],
      [{ hostname: late }, "hostname: must be written out, got a value known only at apply"],
      [
        { hostnme: "www.example.com", hostname: undefined },
        ["hostname: is missing", "hostnme: is no setting, must be one of hostname, …"],
      ],
      [{ zone: undefined }, "zone: is missing"],
      [{ zone: null }, "zone: must be an object with settings, got null"],
      [{ zone: "023e105f4ecef8ad9ca31a8372d0c353" }, "zone: must be an object with settings, got a text"],
      [{ zone: {} }, "zone.id: is missing"],
      [{ "zone.id": undefined }, "zone.id: is missing"],
      [
        { "zone.id": "example.com" },
        'zone.id: must be 32 hexadecimal digits (Cloudflare\'s dashboard, zone overview), got "example.com"',
      ],
      [
        { "zone.id": "023E105F4ECEF8AD9CA31A8372D0C353" },
        'zone.id: must be 32 hexadecimal digits (Cloudflare\'s dashboard, zone overview), got "023E105F4ECEF8AD9CA31A8372D0C353"',
      ],
      [
        { "zone.id": "023e105f4ecef8ad9ca31a8372d0c35" },
        'zone.id: must be 32 hexadecimal digits (Cloudflare\'s dashboard, zone overview), got "023e105f4ecef8ad9ca31a8372d0c35"',
      ],
      [
        { "zone.id": "023e105f4ecef8ad9ca31a8372d0c353 " },
        'zone.id: must be 32 hexadecimal digits (Cloudflare\'s dashboard, zone overview), got "023e105f4ecef8ad9ca31a8372d0c353 "',
      ],
      [{ "zone.ID": "x" }, "zone.ID: is no setting, must be one of id, …"],
      [
        { "zone.name": "example" },
        'zone.name: must be a fully qualified host name such as www.example.com, got "example"',
      ],
      [{ "zone.name": "example.org" }, 'zone.name: must be the zone of www.example.com, got "example.org"'],
      [{ "zone.name": "ample.com" }, 'zone.name: must be the zone of www.example.com, got "ample.com"'],
      [
        { "zone.minimumTlsVersion": 1.2 },
        "zone.minimumTlsVersion: must be one of 1.2, 1.3, got 1.2, put it into quotes",
      ],
      [{ "zone.minimumTlsVersion": "1.1" }, 'zone.minimumTlsVersion: must be one of 1.2, 1.3, got "1.1"'],
      [{ "zone.minimumTlsVersion": "TLS 1.3" }, 'zone.minimumTlsVersion: must be one of 1.2, 1.3, got "TLS 1.3"'],
      [{ "zone.cachePages": "public" }, 'zone.cachePages: must be true or false, got "public"'],
      [{ "zone.smartTieredCache": 1 }, "zone.smartTieredCache: must be true or false, got 1"],
      [{ "zone.manageSettings": "no" }, 'zone.manageSettings: must be true or false, got "no"'],
      [
        { "zone.manageSettings": false },
        'zone.minimumTlsVersion: must be left out while manageSettings is false, got "1.3", set it at Cloudflare',
      ],
      [{ "zone.clientAuthority": "third" }, 'zone.clientAuthority: must be one of first, second, got "third"'],
      [{ "zone.clientAuthority": 2 }, "zone.clientAuthority: must be one of first, second, got 2, put it into quotes"],
      [
        { "zone.clientAuthorities": pem, otherHostnames: [] },
        "zone.clientAuthority: must be left out while clientAuthorities are another site's",
      ],
      [
        { "zone.clientAuthorities": "MIIB", "zone.clientAuthority": undefined, otherHostnames: [] },
        "zone.clientAuthorities: must be PEM certificates (-----BEGIN CERTIFICATE-----), got 4 characters of something else",
      ],
      [{ otherHostnames: "example.com" }, "otherHostnames: must be a list, got a text, put it into [ ]"],
      [{ otherHostnames: ["example.com"] }, "otherHostnames[0]: must be an object with settings, got a text"],
      [
        { otherHostnames: { hostname: "example.com" } },
        "otherHostnames: must be a list, got an object, put it into [ ]",
      ],
      [{ otherHostnames: [{}] }, "otherHostnames[0].hostname: is missing"],
      [
        { otherHostnames: [{ hostname: "www.example.com" }] },
        'otherHostnames[0].hostname: must be there once, got "www.example.com" again',
      ],
      [
        { otherHostnames: [{ hostname: "*.*.example.com" }] },
        'otherHostnames[0].hostname: must be a fully qualified host name such as www.example.com, got "*.example.com"',
      ],
      [
        { otherHostnames: [{ hostname: "a.example.com" }, { hostname: "A.example.com" }] },
        'otherHostnames[1].hostname: must be there once, got "a.example.com" again',
      ],
      [
        { otherHostnames: [{ hostname: "a.example.com", redirect: true }] },
        "otherHostnames[0].redirect: is no setting, must be one of redirects, …",
      ],
      [
        { otherHostnames: [{ hostname: "a.example.com", redirects: "true" }] },
        'otherHostnames[0].redirects: must be true or false, got "true"',
      ],
      [
        { otherHostnames: [{ hostname: "a.example.net", zone: { id: zoneId } }] },
        "otherHostnames[0].zone: is the site's own zone, leave it out",
      ],
      [
        { otherHostnames: [{ hostname: "a.example.net", zone: "example.net" }] },
        "otherHostnames[0].zone: must be an object with settings, got a text",
      ],
      [
        { otherHostnames: [{ hostname: "a.example.net", zone: { id: "x" } }] },
        'otherHostnames[0].zone.id: must be 32 hexadecimal digits (Cloudflare\'s dashboard, zone overview), got "x"',
      ],
      [
        { name: "" },
        'name: must be lower-case letters, digits and inner hyphens, a letter first, at most 40, got "", set "name" to a shorter or simpler one',
      ],
      [
        { name: null },
        'name: must be lower-case letters, digits and inner hyphens, a letter first, at most 40, got null, set "name" to a shorter or simpler one',
      ],
      [
        { name: "Shop" },
        'name: must be lower-case letters, digits and inner hyphens, a letter first, at most 40, got "Shop", set "name" to a shorter or simpler one',
      ],
      [
        { name: "1shop" },
        'name: must be lower-case letters, digits and inner hyphens, a letter first, at most 40, got "1shop", set "name" to a shorter or simpler one',
      ],
      [
        { name: "shop-" },
        'name: must be lower-case letters, digits and inner hyphens, a letter first, at most 40, got "shop-", set "name" to a shorter or simpler one',
      ],
      [
        { name: "shop.example" },
        'name: must be lower-case letters, digits and inner hyphens, a letter first, at most 40, got "shop.example", set "name" to a shorter or simpler one',
      ],
      [
        { name: "shop_1" },
        'name: must be lower-case letters, digits and inner hyphens, a letter first, at most 40, got "shop_1", set "name" to a shorter or simpler one',
      ],
      [
        { name: "s".repeat(41) },
        'name: must be lower-case letters, digits and inner hyphens, a letter first, at most 40, got "sssssssssssssssssssssssssssssssssssssssss", set "name" to a shorter or simpler one',
      ],
      [
        { name: "shop\n" },
        'name: must be lower-case letters, digits and inner hyphens, a letter first, at most 40, got "shop\\n", set "name" to a shorter or simpler one',
      ],
      [
        { name: "${x}" },
        'name: must be lower-case letters, digits and inner hyphens, a letter first, at most 40, got "${x}", set "name" to a shorter or simpler one',
      ],
      [
        { name: "\u0455hop" },
        'name: must be lower-case letters, digits and inner hyphens, a letter first, at most 40, got "\u0455hop" with U+0455, set "name" to a shorter or simpler one',
      ],
      [
        { name: 5 },
        'name: must be lower-case letters, digits and inner hyphens, a letter first, at most 40, got 5, set "name" to a shorter or simpler one',
      ],
      [
        { region: "FRA1" },
        'region: must be one of ams3, atl1, blr1, fra1, lon1, nyc1, nyc2, nyc3, sfo2, sfo3, sgp1, syd1, tor1, got "FRA1"',
      ],
      [
        { region: "fra" },
        'region: must be one of ams3, atl1, blr1, fra1, lon1, nyc1, nyc2, nyc3, sfo2, sfo3, sgp1, syd1, tor1, got "fra"',
      ],
      [
        { region: "fr\u04301" },
        'region: must be one of ams3, atl1, blr1, fra1, lon1, nyc1, nyc2, nyc3, sfo2, sfo3, sgp1, syd1, tor1, got "fr\u04301" with U+0430',
      ],
      [
        { region: null },
        "region: must be one of ams3, atl1, blr1, fra1, lon1, nyc1, nyc2, nyc3, sfo2, sfo3, sgp1, syd1, tor1, got null",
      ],
      [
        { region: 1 },
        "region: must be one of ams3, atl1, blr1, fra1, lon1, nyc1, nyc2, nyc3, sfo2, sfo3, sgp1, syd1, tor1, got 1, put it into quotes",
      ],
      [
        { region: ["fra1"] },
        "region: must be one of ams3, atl1, blr1, fra1, lon1, nyc1, nyc2, nyc3, sfo2, sfo3, sgp1, syd1, tor1, got a list",
      ],
      [
        { image: "ubuntu-24-04-x64" },
        'image: must be Debian 13 or later, or the id of such an image, got "ubuntu-24-04-x64": its packages are not those that the files for the hosts are written for',
      ],
      [
        { image: "debian-12-x64" },
        'image: must be Debian 13 or later, or the id of such an image, got "debian-12-x64": its packages are not those that the files for the hosts are written for',
      ],
      [
        { image: "debian" },
        'image: must be Debian 13 or later, or the id of such an image, got "debian": its packages are not those that the files for the hosts are written for',
      ],
      [
        { image: "fedora-42-x64" },
        'image: must be Debian 13 or later, or the id of such an image, got "fedora-42-x64": its packages are not those that the files for the hosts are written for',
      ],
      [{ image: "Debian 13" }, 'image: must be an image such as "debian-13-x64", got "Debian 13"'],
      [{ image: 195932981 }, 'image: must be an image such as "debian-13-x64", got 195932981, put it into quotes'],
      [{ image: "" }, 'image: must be an image such as "debian-13-x64", got ""'],
      [{ image: "debian-13-x64\n" }, 'image: must be an image such as "debian-13-x64", got "debian-13-x64\\n"'],
      [{ network: null }, "network: must be an object with settings, got null"],
      [{ network: "10.120.0.0/20" }, "network: must be an object with settings, got a text"],
      [
        { "network.ipRange": "10.120.0.0" },
        'network.ipRange: must be a network such as 10.10.0.0/24, got "10.120.0.0"',
      ],
      [
        { "network.ipRange": "10.120.0.1/20" },
        'network.ipRange: must be a network such as 10.10.0.0/24, got "10.120.0.1/20" (its network is 10.120.0.0/20)',
      ],
      [{ "network.ipRange": "10.0.0.0/8" }, 'network.ipRange: must be from /16 to /24 in size, got "10.0.0.0/8"'],
      [{ "network.ipRange": "10.120.0.0/28" }, 'network.ipRange: must be from /16 to /24 in size, got "10.120.0.0/28"'],
      [
        { "network.ipRange": "10.244.0.0/20" },
        'network.ipRange: must not overlap 10.244.0.0/16 of DigitalOcean, got "10.244.0.0/20"',
      ],
      [
        { "network.ipRange": "10.17.0.0/20" },
        'network.ipRange: must not overlap the anchor addresses 10.17.0.0/16, got "10.17.0.0/20"',
      ],
      [
        { "network.ipRange": "8.8.0.0/20" },
        'network.ipRange: must lie in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, got "8.8.0.0/20"',
      ],
      [
        { "network.ipRange": "fd00::/64" },
        'network.ipRange: must be an IPv4 network such as 10.112.0.0/20, got "fd00::/64"',
      ],
      [
        { "network.ipRange": "10.120.0.0/020" },
        'network.ipRange: must be a network such as 10.10.0.0/24, got "10.120.0.0/020"',
      ],
      [
        { "network.ipRange": "10.120.0.0/33" },
        'network.ipRange: must be a network such as 10.10.0.0/24, got "10.120.0.0/33"',
      ],
      [
        { "network.ipRange": "010.120.0.0/20" },
        'network.ipRange: must be a network such as 10.10.0.0/24, got "010.120.0.0/20"',
      ],
      [{ "network.iprange": "10.120.0.0/20" }, "network.iprange: is no setting, must be one of ipRange"],
      [
        { "network.vpc": { id: "5a4981aa-9653-4bd1-bef5-d6bff52042e4", ipRange: "10.9.0.0/20" } },
        "network.ipRange: is no setting, must be one of vpc",
      ],
    ],
  ],
  nodes: [
    "WebInfrastructure",
    [
      [{ webnodes: 9 }, "webnodes: is called web.nodes now"],
      [{ "web\nnodes": 9 }, '["web\\nnodes"]: is no setting, must be one of web, …'],
      [{ webNodes: 9 }, "webNodes: is called web.nodes now"],
      [{ Web: {} }, "Web: is no setting, must be one of web, …"],
      [{ web: 3 }, "web: must be an object with settings, got 3"],
      [{ web: null }, "web: must be an object with settings, got null"],
      [{ web: [] }, "web: must be an object with settings, got []"],
      [{ "web.node": 3 }, "web.node: is no setting, must be one of nodes, …"],
      [{ "web.nodes": 0 }, "web.nodes: must be a whole number from 2 to 50, got 0"],
      [
        { "web.nodes": 1 },
        "web.nodes: must be a whole number from 2 to 50, got 1 (a single point of failure, set allowSinglePointsOfFailure to true where that is wanted)",
      ],
      [{ "web.nodes": 51 }, "web.nodes: must be a whole number from 2 to 50, got 51"],
      [{ "web.nodes": 2.5 }, "web.nodes: must be a whole number from 2 to 50, got 2.5"],
      [{ "web.nodes": "2" }, 'web.nodes: must be a whole number from 2 to 50, got "2"'],
      [{ "web.nodes": NaN }, "web.nodes: must be a whole number from 2 to 50, got NaN"],
      [{ "web.nodes": Infinity }, "web.nodes: must be a whole number from 2 to 50, got Infinity"],
      [{ "web.nodes": -2 }, "web.nodes: must be a whole number from 2 to 50, got -2"],
      [{ "web.nodes": null }, "web.nodes: must be a whole number from 2 to 50, got null"],
      [{ "web.nodes": true }, "web.nodes: must be a whole number from 2 to 50, got true"],
      [{ "web.nodes": [3] }, "web.nodes: must be a whole number from 2 to 50, got a list"],
      [{ "web.nodes": 2 ** 53 }, "web.nodes: must be a whole number from 2 to 50, got 9007199254740992"],
      [{ "web.nodes": lateNumber }, "web.nodes: must be a whole number from 2 to 50, got a value known only at apply"],
      [{ "web.nodes": 2, "web.batchSize": 3 }, "web.batchSize: must be at most the number of nodes, which is 2, got 3"],
      [
        { "web.nodes": undefined, "web.batchSize": 3 },
        "web.batchSize: must be at most the number of nodes, which is 2, got 3",
      ],
      [{ "web.batchSize": 0 }, "web.batchSize: must be a whole number from 1 to 50, got 0"],
      [{ "web.batchSize": "1" }, 'web.batchSize: must be a whole number from 1 to 50, got "1"'],
      [{ "web.size": "small" }, 'web.size: must be a droplet size such as "s-1vcpu-1gb", got "small"'],
      [
        { "web.size": "db-s-1vcpu-1gb" },
        'web.size: must be a droplet size such as "s-1vcpu-1gb", got "db-s-1vcpu-1gb"',
      ],
      [{ "web.size": "s-1vcpu-1GB" }, 'web.size: must be a droplet size such as "s-1vcpu-1gb", got "s-1vcpu-1GB"'],
      [{ "web.size": "" }, 'web.size: must be a droplet size such as "s-1vcpu-1gb", got ""'],
      [{ "web.size": 1 }, 'web.size: must be a droplet size such as "s-1vcpu-1gb", got 1'],
      [{ "web.size": "s-1vcpu-1gb\n" }, 'web.size: must be a droplet size such as "s-1vcpu-1gb", got "s-1vcpu-1gb\\n"'],
      [{ loadBalancers: 2 }, "loadBalancers: is called loadBalancers.nodes now"],
      [
        { "loadBalancers.nodes": 1 },
        "loadBalancers.nodes: must be a whole number from 2 to 3, got 1 (a single point of failure, set allowSinglePointsOfFailure to true where that is wanted)",
      ],
      [{ "loadBalancers.nodes": 4 }, "loadBalancers.nodes: must be a whole number from 2 to 3, got 4"],
      [{ "loadBalancers.batchSize": 2 }, "loadBalancers.batchSize: is no setting, must be one of size, …"],
      [{ "loadBalancers.edgeWitness": "no" }, 'loadBalancers.edgeWitness: must be true or false, got "no"'],
      [{ "loadBalancers.edgeWitness": 0 }, "loadBalancers.edgeWitness: must be true or false, got 0"],
      [
        { "loadBalancers.strictTransportSecurity": true },
        "loadBalancers.strictTransportSecurity: must be an object with settings, got true",
      ],
      [
        { "loadBalancers.strictTransportSecurity": {} },
        "loadBalancers.strictTransportSecurity.maximumAgeDays: is missing",
      ],
      [
        { "loadBalancers.strictTransportSecurity.maximumAgeDays": 3651 },
        "loadBalancers.strictTransportSecurity.maximumAgeDays: must be a whole number from 0 to 3650, got 3651",
      ],
      [
        { "loadBalancers.strictTransportSecurity": { maximumAgeDays: 364, includeSubdomains: true, preload: true } },
        "loadBalancers.strictTransportSecurity.preload: must be false, or includeSubdomains true and maximumAgeDays at least 365: the list takes no other names",
      ],
      [
        { "loadBalancers.strictTransportSecurity.includeSubdomains": "yes" },
        'loadBalancers.strictTransportSecurity.includeSubdomains: must be true or false, got "yes"',
      ],
      [
        { "loadBalancers.limitsPerAddress": 100 },
        "loadBalancers.limitsPerAddress: must be an object with settings, got 100",
      ],
      [
        { "loadBalancers.limitsPerAddress.requestsPerSecond": 0.5 },
        "loadBalancers.limitsPerAddress.requestsPerSecond: must be a whole number from 1 to 100000, got 0.5",
      ],
      [
        { "loadBalancers.limitsPerAddress.requestsAtATime": 8001 },
        "loadBalancers.limitsPerAddress.requestsAtATime: must be a whole number from 1 to 8000, got 8001",
      ],
      [{ "app.nodes": 21 }, "app.nodes: must be a whole number from 2 to 20, got 21"],
      [{ "app.nodes": 2, "app.batchSize": 3 }, "app.batchSize: must be at most the number of nodes, which is 2, got 3"],
      [{ allowSinglePointsOfFailure: "yes" }, 'allowSinglePointsOfFailure: must be true or false, got "yes"'],
      [{ allowSinglePointsOfFailure: 1 }, "allowSinglePointsOfFailure: must be true or false, got 1"],
      [{ allowSinglePointsOfFailure: true, "web.nodes": 0 }, "web.nodes: must be a whole number from 1 to 50, got 0"],
      [{ readinessLimitMinutes: 0 }, "readinessLimitMinutes: must be a whole number from 1 to 120, got 0"],
      [{ readinessLimitMinutes: 121 }, "readinessLimitMinutes: must be a whole number from 1 to 120, got 121"],
      [{ readinessLimitMinutes: "10" }, 'readinessLimitMinutes: must be a whole number from 1 to 120, got "10"'],
    ],
  ],
  "files, packages and units of yours": [
    "WebInfrastructure",
    [
      [{ "web.extraFiles": "/etc/motd" }, "web.extraFiles: must be a list, got a text, put it into [ ]"],
      [{ "web.extraFiles": ["/etc/motd"] }, "web.extraFiles[0]: must be an object with settings, got a text"],
      [{ "web.extraFiles": [null] }, "web.extraFiles[0]: must be an object with settings, got null"],
      [{ "web.extraFiles": Array(1) }, "web.extraFiles[0]: must be an object with settings, got undefined"],
      [
        { "web.extraFiles": { "/etc/motd": "hunter2" } },
        "web.extraFiles: must be a list, got an object, put it into [ ]",
      ],
      [{ "web.extraFiles": file }, "web.extraFiles: must be a list, got an object, put it into [ ]"],
      [{ "web.extraFiles": [{ path: "/etc/motd" }] }, "web.extraFiles[0].content: is missing"],
      [{ "web.extraFiles": [{ content: "" }] }, "web.extraFiles[0].path: is missing"],
      [
        { "web.extraFiles": [{ ...file, content: 5 }] },
        "web.extraFiles[0].content: must be a text, got a number, put it into quotes",
      ],
      [{ "web.extraFiles": [{ ...file, content: null }] }, "web.extraFiles[0].content: must be a text, got null"],
      [
        { "web.extraFiles": [{ ...file, content: ["hunter2"] }] },
        "web.extraFiles[0].content: must be a text, got a list",
      ],
      [
        { "web.extraFiles": [{ ...file, content: "hunter2\0" }] },
        "web.extraFiles[0].content: must not hold a NUL character",
      ],
      [
        { "web.extraFiles": [{ ...file, content: "hunter2\ud800" }] },
        "web.extraFiles[0].content: must not hold half of a surrogate pair",
      ],
      [
        { "web.extraFiles": [{ ...file, mode: "0640" }] },
        "web.extraFiles[0].mode: is no setting, must be one of path, …",
      ],
      [
        { "web.extraFiles": [{ ...file, path: "etc/motd" }] },
        'web.extraFiles[0].path: must be an absolute path without "..", "//" or blanks, got "etc/motd"',
      ],
      [
        { "web.extraFiles": [{ ...file, path: "/etc/../shadow" }] },
        'web.extraFiles[0].path: must be an absolute path without "..", "//" or blanks, got "/etc/../shadow"',
      ],
      [
        { "web.extraFiles": [{ ...file, path: "/etc//motd" }] },
        'web.extraFiles[0].path: must be an absolute path without "..", "//" or blanks, got "/etc//motd"',
      ],
      [
        { "web.extraFiles": [{ ...file, path: "/etc/motd/" }] },
        'web.extraFiles[0].path: must be an absolute path without "..", "//" or blanks, got "/etc/motd/"',
      ],
      [
        { "web.extraFiles": [{ ...file, path: "/" }] },
        'web.extraFiles[0].path: must be an absolute path without "..", "//" or blanks, got "/"',
      ],
      [
        { "web.extraFiles": [{ ...file, path: "~/motd" }] },
        'web.extraFiles[0].path: must be an absolute path without "..", "//" or blanks, got "~/motd"',
      ],
      [
        { "web.extraFiles": [{ ...file, path: "/etc/a b" }] },
        'web.extraFiles[0].path: must be an absolute path without "..", "//" or blanks, got "/etc/a b"',
      ],
      [
        { "web.extraFiles": [{ ...file, path: "/etc/a\nb" }] },
        'web.extraFiles[0].path: must be an absolute path without "..", "//" or blanks, got "/etc/a\\nb"',
      ],
      [
        { "web.extraFiles": [{ ...file, path: "/etc/${x}" }] },
        'web.extraFiles[0].path: must be an absolute path without "..", "//" or blanks, got "/etc/${x}"',
      ],
      [
        { "web.extraFiles": [{ ...file, path: "/etc/%{x}" }] },
        'web.extraFiles[0].path: must be an absolute path without "..", "//" or blanks, got "/etc/%{x}"',
      ],
      [
        { "web.extraFiles": [{ ...file, path: "/etc/a'b" }] },
        'web.extraFiles[0].path: must be an absolute path without "..", "//" or blanks, got "/etc/a\'b"',
      ],
      [
        { "web.extraFiles": [{ ...file, path: `/etc/${"a".repeat(256)}` }] },
        'web.extraFiles[0].path: must be an absolute path without "..", "//" or blanks, got "/etc/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"… of 261 characters',
      ],
      [
        { "web.extraFiles": [{ ...file, path: "/etc/infrastructure/readiness.token" }] },
        'web.extraFiles[0].path: must not be in /etc/infrastructure, got "/etc/infrastructure/readiness.token", choose a directory of your own',
      ],
      [
        { "app.extraFiles": [{ ...file, path: "/etc/infrastructure" }] },
        'app.extraFiles[0].path: must not be in /etc/infrastructure, got "/etc/infrastructure", choose a directory of your own',
      ],
      [
        { "web.extraFiles": [{ ...file, path: "/proc/sys/vm/swappiness" }] },
        'web.extraFiles[0].path: must not be in /proc, got "/proc/sys/vm/swappiness", choose a directory of your own',
      ],
      [
        { "web.extraFiles": [{ ...file, path: "/dev/null" }] },
        'web.extraFiles[0].path: must not be in /dev, got "/dev/null", choose a directory of your own',
      ],
      [{ "web.extraFiles": [file, file] }, 'web.extraFiles[1].path: is there twice, got "/etc/example"'],
      [
        {
          "web.extraFiles": [
            { ...file, path: "/etc/shop" },
            { ...file, path: "/etc/shop/a" },
          ],
        },
        'web.extraFiles[0].path: must be no file, "/etc/shop/a" needs a directory there',
      ],
      [
        { "web.extraFiles": [{ ...file, permissions: 644 }] },
        'web.extraFiles[0].permissions: must be octal such as "0640", got 644, put it into quotes',
      ],
      [
        { "web.extraFiles": [{ ...file, permissions: 0o644 }] },
        'web.extraFiles[0].permissions: must be octal such as "0640", got 420, put it into quotes',
      ],
      [
        { "web.extraFiles": [{ ...file, permissions: "644" }] },
        'web.extraFiles[0].permissions: must be octal such as "0640", got "644"',
      ],
      [
        { "web.extraFiles": [{ ...file, permissions: "0999" }] },
        'web.extraFiles[0].permissions: must be octal such as "0640", got "0999"',
      ],
      [
        { "web.extraFiles": [{ ...file, permissions: "u=rw" }] },
        'web.extraFiles[0].permissions: must be octal such as "0640", got "u=rw"',
      ],
      [
        { "web.extraFiles": [{ ...file, owner: "root root" }] },
        'web.extraFiles[0].owner: must be user or user:group, got "root root"',
      ],
      [
        { "web.extraFiles": [{ ...file, owner: 0 }] },
        "web.extraFiles[0].owner: must be user or user:group, got 0, put it into quotes",
      ],
      [
        { "web.extraFiles": [{ ...file, owner: "root:" }] },
        'web.extraFiles[0].owner: must be user or user:group, got "root:"',
      ],
      [
        { "web.extraFiles": [{ path: "/etc/nginx/conf.d/own.conf", content: "client_max_body_size 5m;" }] },
        "web.extraFiles[0].content: must not set client_max_body_size, which nginx.conf sets at the same level; put it into a file of /etc/nginx/server.d/",
      ],
      [{ "web.extraPackages": "htop" }, "web.extraPackages: must be a list, got a text, put it into [ ]"],
      [{ "web.extraPackages": [""] }, 'web.extraPackages[0]: must be a Debian package name, got ""'],
      [{ "web.extraPackages": ["htop vim"] }, 'web.extraPackages[0]: must be a Debian package name, got "htop vim"'],
      [{ "web.extraPackages": ["Htop"] }, 'web.extraPackages[0]: must be a Debian package name, got "Htop"'],
      [
        { "web.extraPackages": ["htop; reboot"] },
        'web.extraPackages[0]: must be a Debian package name, got "htop; reboot"',
      ],
      [{ "web.extraPackages": ["--purge"] }, 'web.extraPackages[0]: must be a Debian package name, got "--purge"'],
      [
        { "web.extraPackages": [null, 5] },
        [
          "web.extraPackages[0]: must be a Debian package name, got null",
          "web.extraPackages[1]: must be a Debian package name, got 5, put it into quotes",
        ],
      ],
      [
        { "web.extraPackages": [["htop", "latest"]] },
        "web.extraPackages[0]: must be a Debian package name, got a list",
      ],
      [{ "web.extraPackages": { htop: true } }, "web.extraPackages: must be a list, got an object, put it into [ ]"],
      [{ "web.extraUnits": "fstrim.timer" }, "web.extraUnits: must be a list, got a text, put it into [ ]"],
      [
        { "web.extraUnits": ["fstrim"] },
        'web.extraUnits[0]: must be a unit such as redis-server.service, got "fstrim"',
      ],
      [
        { "web.extraUnits": ["a b.timer"] },
        'web.extraUnits[0]: must be a unit such as redis-server.service, got "a b.timer"',
      ],
      [
        { "web.extraUnits": ["/etc/x.service"] },
        'web.extraUnits[0]: must be a unit such as redis-server.service, got "/etc/x.service"',
      ],
      [
        { "web.extraUnits": ["x.service\n"] },
        'web.extraUnits[0]: must be a unit such as redis-server.service, got "x.service\\n"',
      ],
      [{ "web.extraUnits": [{}] }, "web.extraUnits[0]: must be a unit such as redis-server.service, got {}"],
      [{ "app.extraFiles": ["x"] }, "app.extraFiles[0]: must be an object with settings, got a text"],
      [
        { "loadBalancers.extraFiles": [null] },
        "loadBalancers.extraFiles[0]: must be an object with settings, got null",
      ],
      [
        { "loadBalancers.extraPackages": "htop" },
        "loadBalancers.extraPackages: must be a list, got a text, put it into [ ]",
      ],
      [{ "app.extraPackages": 5 }, "app.extraPackages: must be a list, got 5, put it into [ ]"],
    ],
  ],
  "web nodes": [
    "WebInfrastructure",
    [
      [
        { "web.staticContent": null },
        'web.staticContent: must be an object whose kind is "directory" or "archive", got null',
      ],
      [
        { "web.staticContent": "dist" },
        'web.staticContent: must be an object whose kind is "directory" or "archive", got a text',
      ],
      [{ "web.staticContent": {} }, 'web.staticContent.kind: is missing, must be "directory" or "archive"'],
      [
        { "web.staticContent": { kind: "files" } },
        'web.staticContent.kind: must be "directory" or "archive", got "files"',
      ],
      [{ "web.staticContent": { kind: "directory" } }, "web.staticContent.directory: is missing"],
      [
        { "web.staticContent": { kind: "directory", directory: "/does/not/exist" } },
        'web.staticContent.directory: must be a directory on this machine, got "/does/not/exist"',
      ],
      [
        { "web.staticContent": { kind: "directory", directory: "" } },
        'web.staticContent.directory: must be a directory on this machine, got ""',
      ],
      [
        { "web.staticContent": { kind: "directory", directory: "a\0" } },
        'web.staticContent.directory: must be a directory on this machine, got "a\\u0000"',
      ],
      [
        { "web.staticContent": { kind: "directory", directory: "/etc/hostname" } },
        'web.staticContent.directory: must be a directory on this machine, got "/etc/hostname"',
      ],
      [
        { "web.staticContent": { kind: "archive" } },
        ["web.staticContent.url: is missing", "web.staticContent.sha256: is missing"],
      ],
      [
        { "web.staticContent.url": "ftp://example.com/a.tar.gz" },
        'web.staticContent.url: must be an http or https URL of a .tar.gz, other characters as %XX, got "ftp://example.com/a.tar.gz"',
      ],
      [
        { "web.staticContent.url": "https://user:hunter2@example.com/a.tar.gz" },
        'web.staticContent.url: must be an http or https URL of a .tar.gz, other characters as %XX, got "https://...@example.com/a.tar.gz"',
      ],
      [
        { "web.staticContent.url": "https://example.com/a b.tar.gz?key=hunter2" },
        'web.staticContent.url: must be an http or https URL of a .tar.gz, other characters as %XX, got "https://example.com/a b.tar.gz?..."',
      ],
      [
        { "web.staticContent.url": "https://example.com/${x}" },
        'web.staticContent.url: must be an http or https URL of a .tar.gz, other characters as %XX, got "https://example.com/${x}"',
      ],
      [
        { "web.staticContent.url": 5 },
        "web.staticContent.url: must be an http or https URL of a .tar.gz, other characters as %XX, got 5",
      ],
      [
        { "web.staticContent.sha256": "latest" },
        'web.staticContent.sha256: must be the 64 hexadecimal digits that sha256sum prints, got "latest"',
      ],
      [
        { "web.staticContent.sha256": "0".repeat(63) },
        'web.staticContent.sha256: must be the 64 hexadecimal digits that sha256sum prints, got "000000000000000000000000000000000000000000000000000000000000000"',
      ],
      [
        { "web.staticContent.sha256": 0 },
        "web.staticContent.sha256: must be the 64 hexadecimal digits that sha256sum prints, got 0, put it into quotes",
      ],
      [
        { "web.staticContent.earlier": Array(5).fill(archive) },
        "web.staticContent.earlier: must hold at most 4, got 5",
      ],
      [
        { "web.staticContent.earlier": archive },
        "web.staticContent.earlier: must be a list, got an object, put it into [ ]",
      ],
      [{ "web.staticContent.earlier": [{ url: archive.url }] }, "web.staticContent.earlier[0].sha256: is missing"],
      [
        { "web.staticContent.directory": "dist" },
        "web.staticContent.directory: is no setting, must be one of earlier, …",
      ],
      [{ "web.requestTimeoutSeconds": 0 }, "web.requestTimeoutSeconds: must be a whole number from 1 to 6000, got 0"],
      [
        { "web.requestTimeoutSeconds": 6001 },
        "web.requestTimeoutSeconds: must be a whole number from 1 to 6000, got 6001",
      ],
      [
        { "web.requestTimeoutSeconds": "30s" },
        'web.requestTimeoutSeconds: must be a whole number from 1 to 6000, got "30s"',
      ],
      [{ "web.maximumBodyMib": 0 }, "web.maximumBodyMib: must be a whole number from 1 to 1024, got 0"],
      [{ "web.maximumBodyMib": 1025 }, "web.maximumBodyMib: must be a whole number from 1 to 1024, got 1025"],
      [{ "web.maximumBodyMib": "10m" }, 'web.maximumBodyMib: must be a whole number from 1 to 1024, got "10m"'],
      [{ "web.bufferUploads": "off" }, 'web.bufferUploads: must be true or false, got "off"'],
      [{ "web.stickySessions": "yes" }, 'web.stickySessions: must be true or false, got "yes"'],
      [{ "web.routes": { path: "/api", tier: "app" } }, "web.routes: must be a list, got an object, put it into [ ]"],
      [{ "web.routes": ["/api"] }, "web.routes[0]: must be an object with settings, got a text"],
      [
        { "web.routes": [{ tier: "app" }] },
        'web.routes[0]: must have a hostname or a path: the whole site is for the tier "app"',
      ],
      [{ "web.routes": [{ path: "/api" }] }, "web.routes[0].tier: is missing"],
      [
        { "web.routes": [{ path: "api", tier: "app" }] },
        'web.routes[0].path: must be "/" and a name of letters, digits and ._~-, as often as you like, with no "/" at the end, got "api"',
      ],
      [
        { "web.routes": [{ path: "/api/", tier: "app" }] },
        'web.routes[0].path: must be "/" and a name of letters, digits and ._~-, as often as you like, with no "/" at the end, got "/api/"',
      ],
      [
        { "web.routes": [{ path: "/", tier: "app" }] },
        'web.routes[0].path: must be left out for a whole name, got "/"',
      ],
      [
        { "web.routes": [{ path: "/a/../b", tier: "app" }] },
        'web.routes[0].path: must be "/" and a name of letters, digits and ._~-, as often as you like, with no "/" at the end, got "/a/../b"',
      ],
      [
        { "web.routes": [{ path: "/%61", tier: "app" }] },
        'web.routes[0].path: must be "/" and a name of letters, digits and ._~-, as often as you like, with no "/" at the end, got "/%61"',
      ],
      [
        { "web.routes": [{ path: "/healthz", tier: "app" }] },
        'web.routes[0].path: must not be /healthz, where web nodes and load balancers answer, got "/healthz"',
      ],
      [
        { "web.routes": [{ path: "/api", tier: "web" }] },
        'web.routes[0].tier: must be "app" or the id of a Tier, got "web"',
      ],
      [
        { "web.routes": [{ path: "/api", tier: "API" }] },
        'web.routes[0].tier: must be "app" or the id of a Tier, got "API"',
      ],
      [{ "web.routes": [{ path: "/api", tier: 5 }] }, 'web.routes[0].tier: must be "app" or the id of a Tier, got 5'],
      [
        {
          "web.routes": [
            { path: "/api", tier: "app" },
            { path: "/api", tier: "app" },
          ],
        },
        "web.routes[1]: is for the same requests as route 0, leave one out",
      ],
      [
        { "web.routes": [{ hostname: "api.example.com", tier: "app" }] },
        'web.routes[0].hostname: must be one of www.example.com, or be added to otherHostnames, got "api.example.com"',
      ],
      [
        { "web.routes": [{ hostname: "www.example.net", tier: "app" }] },
        'web.routes[0].hostname: must be a name that the site is seen under, and this one only redirects, got "www.example.net"',
      ],
      [
        { "web.routes": [{ host: "www.example.com", path: "/a", tier: "app" }] },
        "web.routes[0].host: is no setting, must be one of hostname, …",
      ],
      [
        { "web.routes": [{ path: "/${x}", tier: "app" }] },
        'web.routes[0].path: must be "/" and a name of letters, digits and ._~-, as often as you like, with no "/" at the end, got "/${x}"',
      ],
    ],
  ],
  "the application": [
    "WebInfrastructure",
    [
      [{ "app.application": null }, 'app.application: must be an object whose kind is "demo" or "container", got null'],
      [
        { "app.application": "demo" },
        'app.application: must be an object whose kind is "demo" or "container", got a text',
      ],
      [{ "app.application": {} }, 'app.application.kind: is missing, must be "demo" or "container"'],
      [{ "app.application": { kind: "docker" } }, 'app.application.kind: must be "demo" or "container", got "docker"'],
      [{ "app.application": { kind: "container" } }, "app.application.image: is missing"],
      [
        { "app.application": { kind: "demo", image: "x" }, "app.workers": undefined, "app.schedules": undefined },
        "app.application.image: is no setting, must be one of kind",
      ],
      [
        { "app.application": { kind: "demo" }, "app.schedules": undefined },
        'app.workers: must be beside an application or a workload of the kind "container"',
      ],
      [
        { "app.application.image": "shop" },
        'app.application.image: must be registry/name:tag or registry/name@sha256:…, got "shop"',
      ],
      [
        { "app.application.image": "shop:1.0" },
        'app.application.image: must be registry/name:tag or registry/name@sha256:…, got "shop:1.0"',
      ],
      [
        { "app.application.image": "ghcr.io/example/shop" },
        'app.application.image: must be registry/name:tag or registry/name@sha256:…, got "ghcr.io/example/shop"',
      ],
      [
        { "app.application.image": "ghcr.io/example/shop:latest" },
        'app.application.image: must have the tag of one version, got "ghcr.io/example/shop:latest": nodes made later would run another one, name the version or the digest',
      ],
      [
        { "app.application.image": "ghcr.io/Example/shop:1" },
        'app.application.image: must be registry/name:tag or registry/name@sha256:…, got "ghcr.io/Example/shop:1"',
      ],
      [
        { "app.application.image": "https://ghcr.io/example/shop:1" },
        'app.application.image: must be registry/name:tag or registry/name@sha256:…, got "https://ghcr.io/example/shop:1"',
      ],
      [
        { "app.application.image": "ghcr.io/example/shop:1 --privileged" },
        'app.application.image: must be registry/name:tag or registry/name@sha256:…, got "ghcr.io/example/shop:1 --privileged"',
      ],
      [
        { "app.application.image": "ghcr.io/example/shop@sha256:abc" },
        'app.application.image: must be registry/name:tag or registry/name@sha256:…, got "ghcr.io/example/shop@sha256:abc"',
      ],
      [
        { "app.application.image": "" },
        'app.application.image: must be registry/name:tag or registry/name@sha256:…, got ""',
      ],
      [
        { "app.application.image": 5 },
        "app.application.image: must be registry/name:tag or registry/name@sha256:…, got 5, put it into quotes",
      ],
      [
        { "app.application.image": late },
        "app.application.image: must be registry/name:tag or registry/name@sha256:…, got a value known only at apply",
      ],
      [
        { "app.application.registry": "hunter2" },
        "app.application.registry: must be an object with settings, got a text",
      ],
      [{ "app.application.registry": { user: "robot" } }, "app.application.registry.password: is missing"],
      [
        { "app.application.registry": { user: "robot", password: "hunter2" } },
        "app.application.registry.password: must be a reference such as a sensitive TerraformVariable's stringValue, got something else",
      ],
      [
        { "app.application.registry.user": "a:b" },
        'app.application.registry.user: must be a name of ASCII characters without ":" or blanks, got "a:b"',
      ],
      [
        { "app.application.registry.pasword": "hunter2" },
        "app.application.registry.pasword: is no setting, must be one of password, …",
      ],
      [
        { "app.application.port": 80 },
        "app.application.port: must be from 1024 to 65535, got 80: lower ones are for root, which no image is here",
      ],
      [{ "app.application.port": 0 }, "app.application.port: must be a whole number from 1024 to 65535, got 0"],
      [{ "app.application.port": 65536 }, "app.application.port: must be a whole number from 1024 to 65535, got 65536"],
      [
        { "app.application.port": "3000" },
        'app.application.port: must be a whole number from 1024 to 65535, got "3000"',
      ],
      [
        { "app.application.port": 3000.5 },
        "app.application.port: must be a whole number from 1024 to 65535, got 3000.5",
      ],
      [{ "app.application.port": NaN }, "app.application.port: must be a whole number from 1024 to 65535, got NaN"],
      [
        { "app.application.port": 6432 },
        "app.application.port: must be free on the node, got 6432, which is for the node's database endpoint for writing; let it listen elsewhere",
      ],
      [
        { "app.application.port": 5355 },
        "app.application.port: must be free on the node, got 5355, which is for the node's name resolver; let it listen elsewhere",
      ],
      [
        { "app.application.command": "npm start" },
        "app.application.command: must be a list, one entry for each argument, got a text",
      ],
      [{ "app.application.command": [] }, "app.application.command: must not be empty, got []"],
      [
        { "app.application.command": ["npm", 5] },
        "app.application.command[1]: must be a text, got a number, put it into quotes",
      ],
      [{ "app.application.command": ["npm\0"] }, "app.application.command[0]: must not hold a NUL character"],
      [
        { "app.application.command": [late] },
        "app.application.command[0]: must be known now, put what is not into secrets",
      ],
      [
        { "app.application.entrypoint": "/bin/sh" },
        "app.application.entrypoint: must be a list, one entry for each argument, got a text",
      ],
      [
        { "app.application.releaseCommand": "bin/migrate" },
        "app.application.releaseCommand: must be a list, one entry for each argument, got a text",
      ],
      [
        { "app.application.releaseCommand": {} },
        "app.application.releaseCommand: must be a list, got {}, put it into [ ]",
      ],
      [
        { "app.application.environment": ["PASSWORD=hunter2"] },
        "app.application.environment: must be an object of names and values, got a list",
      ],
      [
        { "app.application.environment": "PASSWORD=hunter2" },
        "app.application.environment: must be an object of names and values, got a text",
      ],
      [
        { "app.application.environment": null },
        "app.application.environment: must be an object of names and values, got null",
      ],
      [
        { "app.application.environment": { PASSWORD: 12345 } },
        "app.application.environment.PASSWORD: must be a text, got a number, put it into quotes",
      ],
      [
        { "app.application.environment": { DEBUG: true } },
        "app.application.environment.DEBUG: must be a text, got a boolean, put it into quotes",
      ],
      [
        { "app.application.environment": { PASSWORD: null } },
        "app.application.environment.PASSWORD: must be a text, got null",
      ],
      [
        { "app.application.environment": { PASSWORD: undefined } },
        "app.application.environment.PASSWORD: must be a text, got undefined",
      ],
      [
        { "app.application.environment": { PASSWORD: ["hunter2"] } },
        "app.application.environment.PASSWORD: must be a text, got a list",
      ],
      [
        { "app.application.environment": { PASSWORD: "hunter2\0" } },
        "app.application.environment.PASSWORD: must not hold a NUL character",
      ],
      [
        { "app.application.environment": { PASSWORD: "hunter2\udc00" } },
        "app.application.environment.PASSWORD: must not hold half of a surrogate pair",
      ],
      [
        { "app.application.environment": { "A-B": "1" } },
        'app.application.environment.A-B: must be named by letters, digits and "_", got "A-B"',
      ],
      [
        { "app.application.environment": { "": "1" } },
        'app.application.environment[""]: must be named by letters, digits and "_", got ""',
      ],
      [
        { "app.application.environment": { "A\nB": "hunter2" } },
        'app.application.environment["A\\nB"]: must be named by letters, digits and "_", got "A\\nB"',
      ],
      [
        { "app.application.environment": { "A=B": "1" } },
        'app.application.environment["A=B"]: must be named by letters, digits and "_", got "A=B"',
      ],
      [
        { "app.application.environment": { "1A": "1" } },
        'app.application.environment.1A: must be named by letters, digits and "_", got "1A"',
      ],
      [
        { "app.application.environment": { "\u0410": "1" } },
        'app.application.environment["\u0410" with U+0410]: must be named by letters, digits and "_", got "\u0410" with U+0410',
      ],
      [
        { "app.application.environment": { PORT: "3000" } },
        "app.application.environment.PORT: is what the setting port says",
      ],
      [
        { "app.application.secrets": { KEY: "hunter2" } },
        "app.application.secrets.KEY: must be a reference such as a sensitive TerraformVariable's stringValue, got something else",
      ],
      [
        { "app.application.secrets": { KEY: `x${late}` } },
        "app.application.secrets.KEY: must be a reference such as a sensitive TerraformVariable's stringValue, got something else",
      ],
      [
        { "app.application.secrets": { KEY: 5 } },
        "app.application.secrets.KEY: must be a reference such as a sensitive TerraformVariable's stringValue, got something else",
      ],
      [
        { "app.application.secrets": { PASSWORD: late } },
        "app.application.secrets.PASSWORD: is in environment as well",
      ],
      [
        { "app.application.databaseVariables": { DB: "{PGHOSTS}" } },
        'app.application.databaseVariables.DB: must be made of {DATABASE_URL}, {DATABASE_DIRECT_URL}, {DATABASE_WRITE_URL}, {DATABASE_READ_URL}, {JDBC_DATABASE_URL}, {PGHOST}, {PGPORT}, {PGUSER}, {PGPASSWORD}, {PGDATABASE}, {PGSSLMODE}, {PGSSLROOTCERT}, got "{PGHOSTS}"',
      ],
      [
        { "app.application.databaseVariables": { DB: late } },
        "app.application.databaseVariables.DB: must be known now, put what is not into environment",
      ],
      [
        { "app.application.databaseVariables": { PASSWORD: "{PGPASSWORD}" } },
        "app.application.databaseVariables.PASSWORD: is in environment as well",
      ],
      [{ "app.application.readOnly": "false" }, 'app.application.readOnly: must be true or false, got "false"'],
      [
        { "app.application.writablePaths": "/tmp" },
        "app.application.writablePaths: must be a list, got a text, put it into [ ]",
      ],
      [
        { "app.application.writablePaths": ["tmp"] },
        'app.application.writablePaths[0]: must be an absolute path of letters, digits and ._@+=-, got "tmp"',
      ],
      [
        { "app.application.writablePaths": ["/a:/b"] },
        'app.application.writablePaths[0]: must be an absolute path of letters, digits and ._@+=-, got "/a:/b"',
      ],
      [
        { "app.application.capabilities": ["CAP_CHOWN"] },
        'app.application.capabilities[0]: must be one of AUDIT_WRITE, CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD, NET_BIND_SERVICE, NET_RAW, SETFCAP, SETGID, SETPCAP, SETUID, SYS_CHROOT, got "CAP_CHOWN"',
      ],
      [
        { "app.application.capabilities": ["SYS_ADMIN"] },
        'app.application.capabilities[0]: must be one of AUDIT_WRITE, CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD, NET_BIND_SERVICE, NET_RAW, SETFCAP, SETGID, SETPCAP, SETUID, SYS_CHROOT, got "SYS_ADMIN"',
      ],
      [
        { "app.application.capabilities": "ALL" },
        "app.application.capabilities: must be a list, got a text, put it into [ ]",
      ],
      [
        { "app.application.memoryMib": "512m" },
        'app.application.memoryMib: must be a whole number from 16 to 1048576, got "512m"',
      ],
      [
        { "app.application.memoryMib": 8 },
        "app.application.memoryMib: must be a whole number from 16 to 1048576, got 8",
      ],
      [{ "app.application.cpus": 0 }, "app.application.cpus: must be a number from 0.1 to 256, got 0"],
      [{ "app.application.cpus": "0.5" }, 'app.application.cpus: must be a number from 0.1 to 256, got "0.5"'],
      [{ "app.application.cpus": NaN }, "app.application.cpus: must be a number from 0.1 to 256, got NaN"],
      [
        { "app.application.stopTimeoutSeconds": 121 },
        "app.application.stopTimeoutSeconds: must be a whole number from 1 to 120, got 121",
      ],
      [
        { "app.application.files": { "/a": "hunter2" } },
        "app.application.files: must be a list, got an object, put it into [ ]",
      ],
      [
        { "app.application.files": [{ path: "a", content: "" }] },
        'app.application.files[0].path: must be an absolute path of letters, digits and ._@+=-, got "a"',
      ],
      [
        { "app.application.files": [{ path: "/a", content: 5 }] },
        "app.application.files[0].content: must be a text, got a number, put it into quotes",
      ],
      [
        {
          "app.application.files": [
            { path: "/a", content: "" },
            { path: "/a", content: "" },
          ],
        },
        'app.application.files[1].path: is there twice, got "/a"',
      ],
      [
        { "app.application.files": [{ path: "/etc/infrastructure/database-ca.pem", content: "" }] },
        'app.application.files[0].path: must not be the platform\'s, got "/etc/infrastructure/database-ca.pem"',
      ],
      [
        { "app.application.extraHosts": { ldap: "ldap.example.com" } },
        'app.application.extraHosts.ldap: must be an IPv4 address, got "ldap.example.com"',
      ],
      [
        { "app.application.extraHosts": { ldap: "999.1.1.1" } },
        'app.application.extraHosts.ldap: must be an IPv4 address, got "999.1.1.1"',
      ],
      [
        { "app.application.extraHosts": { "a b": "10.0.0.1" } },
        'app.application.extraHosts["a b"]: must be a host name, got "a b"',
      ],
      [
        { "app.application.extraHosts": ["ldap:10.0.0.1"] },
        "app.application.extraHosts: must be an object of names and values, got a list",
      ],
      [
        { "app.application.healthPath": "up" },
        'app.application.healthPath: must be an absolute path such as /healthz, got "up"',
      ],
      [
        { "app.application.healthPath": "/up down" },
        'app.application.healthPath: must be an absolute path such as /healthz, got "/up down"',
      ],
      [
        { "app.application.healthPath": "http://localhost/up" },
        'app.application.healthPath: must be an absolute path such as /healthz, got "http://localhost/up"',
      ],
      [
        { "app.application.healthPath": "" },
        'app.application.healthPath: must be an absolute path such as /healthz, got ""',
      ],
      [
        { "app.application.healthPath": "/${x}" },
        'app.application.healthPath: must be an absolute path such as /healthz, got "/${x}"',
      ],
      [{ "app.application.volumes": [] }, "app.application.volumes: is no setting, must be one of files, …"],
      [
        { "app.canary": true },
        "app.canary: must be an object such as {} or { durationSeconds: 60 }, or false, got true",
      ],
      [
        { "app.canary": "10%" },
        "app.canary: must be an object such as {} or { durationSeconds: 60 }, or false, got a text",
      ],
      [
        { "app.canary": { durationSeconds: 5 } },
        "app.canary.durationSeconds: must be a whole number from 10 to 600, got 5",
      ],
      [{ "app.canary": { sharePercent: 51 } }, "app.canary.sharePercent: must be a whole number from 1 to 50, got 51"],
      [{ "app.canary": { share: 10 } }, "app.canary.share: is no setting, must be one of sharePercent, …"],
      [{ "app.databaseConnections": 0 }, "app.databaseConnections: must be a whole number from 1 to 10000, got 0"],
      [
        { "app.databaseConnections": "20" },
        'app.databaseConnections: must be a whole number from 1 to 10000, got "20"',
      ],
      [
        { "app.databaseConnections": 10_001 },
        "app.databaseConnections: must be a whole number from 1 to 10000, got 10001",
      ],
      [
        { "app.databaseConnections": 100 },
        'app.databaseConnections: 2 × 3 nodes × (100 + 1 of the node itself) in a roll-out are 606, and "db-s-2vcpu-4gb" has 97: lower it, or choose a larger database.size',
      ],
      [{ "app.workers": ["mailer"] }, "app.workers: must be an object of names and values, got a list"],
      [
        { "app.workers": { mailer: {} } },
        "app.workers.mailer.command: is missing, without it the application would start a second time",
      ],
      [{ "app.workers": { mailer: null } }, "app.workers.mailer: must be an object with settings, got null"],
      [
        { "app.workers": { "a b": { command: ["x"] } } },
        'app.workers["a b"]: must be named by letters, digits and inner hyphens, at most 40, got "a b"',
      ],
      [
        { "app.workers": { "-a": { command: ["x"] } } },
        'app.workers.-a: must be named by letters, digits and inner hyphens, at most 40, got "-a"',
      ],
      [
        { "app.workers": { mailer: { command: "bin/jobs" } } },
        "app.workers.mailer.command: must be a list, one entry for each argument, got a text",
      ],
      [
        { "app.workers": { mailer: { command: ["x"], port: 3000 } } },
        "app.workers.mailer.port: is no setting, must be one of cpus, …",
      ],
      [{ "app.schedules": { cleanup: { command: ["x"] } } }, "app.schedules.cleanup.at: is missing"],
      [
        { "app.schedules": { cleanup: { at: "3", command: ["x"] } } },
        'app.schedules.cleanup.at: must be a time in UTC, without seconds, like "03:00", "Mon..Fri 08:30", "*-*-1 04:00", "*:0/15" or "hourly", got "3"',
      ],
      [
        { "app.schedules": { cleanup: { at: "*-02-30 03:00", command: ["x"] } } },
        'app.schedules.cleanup.at: must be a time in UTC, without seconds, like "03:00", "Mon..Fri 08:30", "*-*-1 04:00", "*:0/15" or "hourly", got "*-02-30 03:00"',
      ],
      [
        { "app.schedules": { cleanup: { at: "03:00:00", command: ["x"] } } },
        'app.schedules.cleanup.at: must be a time in UTC, without seconds, like "03:00", "Mon..Fri 08:30", "*-*-1 04:00", "*:0/15" or "hourly", got "03:00:00"',
      ],
      [
        { "app.schedules": { cleanup: { at: "0 3 * * *", command: ["x"] } } },
        'app.schedules.cleanup.at: must be a time in UTC, without seconds, like "03:00", "Mon..Fri 08:30", "*-*-1 04:00", "*:0/15" or "hourly", got "0 3 * * *"',
      ],
      [
        { "app.schedules": { cleanup: { at: "03:00\n[Service]", command: ["x"] } } },
        'app.schedules.cleanup.at: must be a time in UTC, without seconds, like "03:00", "Mon..Fri 08:30", "*-*-1 04:00", "*:0/15" or "hourly", got "03:00\\n[Service]"',
      ],
      [
        { "app.schedules": { cleanup: { at: "03:00", command: ["x"], timeoutMinutes: 0 } } },
        "app.schedules.cleanup.timeoutMinutes: must be a whole number from 1 to 1440, got 0",
      ],
    ],
  ],
  "the database": [
    "WebInfrastructure",
    [
      [{ database: null }, "database: must be an object with settings, got null"],
      [{ database: "postgresql://shop:hunter2@db/shop" }, "database: must be an object with settings, got a text"],
      [
        { "database.size": "s-1vcpu-1gb" },
        'database.size: must be a database plan such as "db-s-1vcpu-2gb", got "s-1vcpu-1gb"',
      ],
      [
        { "database.size": "db-s-1vcpu-1gb" },
        'database.size: this plan has no standby node, got "db-s-1vcpu-1gb", change it to "db-s-1vcpu-2gb" or larger',
      ],
      [{ "database.size": 2 }, 'database.size: must be a database plan such as "db-s-1vcpu-2gb", got 2'],
      [
        { "database.nodes": 1 },
        "database.nodes: must be a whole number from 2 to 3, got 1 (a single point of failure, set allowSinglePointsOfFailure to true where that is wanted)",
      ],
      [{ "database.nodes": 4 }, "database.nodes: must be a whole number from 2 to 3, got 4"],
      [{ "database.nodes": "2" }, 'database.nodes: must be a whole number from 2 to 3, got "2"'],
      [
        { "database.readReplicas": 0 },
        "database.readReplicas: must be a whole number from 1 to 5, got 0 (a single point of failure, set allowSinglePointsOfFailure to true where that is wanted)",
      ],
      [{ "database.readReplicas": 6 }, "database.readReplicas: must be a whole number from 1 to 5, got 6"],
      [
        { "database.replicaSize": "db-s-1vcpu-2gb" },
        'database.replicaSize: must not be smaller than the primary\'s "db-s-2vcpu-4gb", got "db-s-1vcpu-2gb"',
      ],
      [
        { "database.replicaSize": "small" },
        'database.replicaSize: must be a database plan such as "db-s-1vcpu-2gb", got "small"',
      ],
      [{ "database.version": 17 }, "database.version: must be one of 14, 15, 16, 17, 18, got 17, put it into quotes"],
      [{ "database.version": "13" }, 'database.version: must be one of 14, 15, 16, 17, 18, got "13"'],
      [{ "database.version": "17.2" }, 'database.version: must be one of 14, 15, 16, 17, 18, got "17.2"'],
      [{ "database.storageGib": 15 }, "database.storageGib: must be in steps of 10, got 15"],
      [{ "database.storageGib": 0 }, "database.storageGib: must be a whole number from 10 to 30000, got 0"],
      [{ "database.storageGib": "100" }, 'database.storageGib: must be a whole number from 10 to 30000, got "100"'],
      [{ "database.storageGib": NaN }, "database.storageGib: must be a whole number from 10 to 30000, got NaN"],
      [{ "database.storageGib": 30_010 }, "database.storageGib: must be a whole number from 10 to 30000, got 30010"],
      [
        { "database.databaseName": "defaultdb" },
        'database.databaseName: must be unused, got "defaultdb", which every cluster keeps for itself',
      ],
      [
        { "database.databaseName": "postgres" },
        'database.databaseName: must be unused, got "postgres", which every cluster keeps for itself',
      ],
      [
        { "database.databaseName": "template1" },
        'database.databaseName: must be unused, got "template1", which every cluster keeps for itself',
      ],
      [
        { "database.databaseName": "pgbouncer" },
        'database.databaseName: must be unused, got "pgbouncer", which every cluster keeps for itself',
      ],
      [
        { "database.databaseName": "my-shop" },
        'database.databaseName: must be 3 to 40 lower-case letters, digits or underscores, got "my-shop"',
      ],
      [
        { "database.databaseName": "Shop" },
        'database.databaseName: must be 3 to 40 lower-case letters, digits or underscores, got "Shop"',
      ],
      [
        { "database.databaseName": "ab" },
        'database.databaseName: must be 3 to 40 lower-case letters, digits or underscores, got "ab"',
      ],
      [
        { "database.databaseName": "s".repeat(41) },
        'database.databaseName: must be 3 to 40 lower-case letters, digits or underscores, got "sssssssssssssssssssssssssssssssssssssssss"',
      ],
      [
        { "database.databaseName": "shop; DROP" },
        'database.databaseName: must be 3 to 40 lower-case letters, digits or underscores, got "shop; DROP"',
      ],
      [
        { "database.databaseName": "${x}" },
        'database.databaseName: must be 3 to 40 lower-case letters, digits or underscores, got "${x}"',
      ],
      [
        { "database.databaseName": "" },
        'database.databaseName: must be 3 to 40 lower-case letters, digits or underscores, got ""',
      ],
      [
        { "database.userName": "doadmin" },
        'database.userName: must be unused, got "doadmin", which every cluster keeps for itself',
      ],
      [
        { "database.userName": "postgres" },
        'database.userName: must be unused, got "postgres", which every cluster keeps for itself',
      ],
      [
        { "database.userName": "pg_shop" },
        'database.userName: must not begin with pg_, which PostgreSQL keeps for itself, got "pg_shop"',
      ],
      [
        { "database.userName": "public" },
        'database.userName: must be unused, got "public", which every cluster keeps for itself',
      ],
      [
        { "database.userName": "O'Brien" },
        'database.userName: must be 3 to 40 lower-case letters, digits or underscores, got "O\'Brien"',
      ],
      [
        { "database.userName": null },
        "database.userName: must be 3 to 40 lower-case letters, digits or underscores, got null",
      ],
      [
        { "database.trustedSources": "198.51.100.7/32" },
        "database.trustedSources: must be a list, got a text, put it into [ ]",
      ],
      [
        { "database.trustedSources": ["198.51.100.7"] },
        'database.trustedSources[0]: must be a network such as 10.10.0.0/24, got "198.51.100.7"',
      ],
      [
        { "database.trustedSources": ["0.0.0.0/0"] },
        'database.trustedSources[0]: must not be the whole internet, got "0.0.0.0/0", name the networks',
      ],
      [
        { "database.trustedSources": ["::/0"] },
        'database.trustedSources[0]: must not be the whole internet, got "::/0", name the networks',
      ],
      [
        { "database.trustedSources": [null] },
        "database.trustedSources[0]: must be a network such as 10.10.0.0/24, got null",
      ],
      [{ "database.keepAdministrator": "yes" }, 'database.keepAdministrator: must be true or false, got "yes"'],
      [
        { "database.maintenanceDay": "Sunday" },
        'database.maintenanceDay: must be one of monday, tuesday, wednesday, thursday, friday, saturday, sunday, got "Sunday"',
      ],
      [
        { "database.maintenanceDay": 0 },
        "database.maintenanceDay: must be one of monday, tuesday, wednesday, thursday, friday, saturday, sunday, got 0, put it into quotes",
      ],
      [
        { "database.maintenanceHour": "4:00" },
        'database.maintenanceHour: must be a time of day "HH:MM" in UTC, got "4:00"',
      ],
      [
        { "database.maintenanceHour": "24:00" },
        'database.maintenanceHour: must be a time of day "HH:MM" in UTC, got "24:00"',
      ],
      [
        { "database.maintenanceHour": 4 },
        'database.maintenanceHour: must be a time of day "HH:MM" in UTC, got 4, put it into quotes',
      ],
      [
        { "database.maintenanceHour": "04:00:00" },
        'database.maintenanceHour: must be a time of day "HH:MM" in UTC, got "04:00:00"',
      ],
      [{ "database.poolMode": "statement" }, 'database.poolMode: must be one of session, transaction, got "statement"'],
      [{ "database.poolMode": null }, "database.poolMode: must be one of session, transaction, got null"],
      [
        { "database.maximumReplicaLagSeconds": 0 },
        "database.maximumReplicaLagSeconds: must be a whole number from 1 to 3600, got 0",
      ],
      [
        { "database.statementTimeoutSeconds": -1 },
        "database.statementTimeoutSeconds: must be a whole number from 0 to 86400, got -1",
      ],
      [
        { "database.lockTimeoutSeconds": 86_401 },
        "database.lockTimeoutSeconds: must be a whole number from 0 to 86400, got 86401",
      ],
      [
        { "database.idleInTransactionTimeoutSeconds": "60s" },
        'database.idleInTransactionTimeoutSeconds: must be a whole number from 0 to 86400, got "60s"',
      ],
      [{ "database.poolSize": 10 }, "database.poolSize: is no setting, must be one of poolMode, …"],
      [
        { "database.restoreFrom": "other-postgres" },
        "database.restoreFrom: must be an object with settings, got a text",
      ],
      [{ "database.restoreFrom": {} }, "database.restoreFrom.cluster: is missing"],
      [
        { "database.restoreFrom.cluster": "a b" },
        'database.restoreFrom.cluster: must be the name of a cluster, got "a b"',
      ],
      [
        { "database.restoreFrom.at": "yesterday" },
        'database.restoreFrom.at: must be a time in UTC, "2026-01-31T19:25:22Z", got "yesterday"',
      ],
      [{ restoredDatabase: "2026-01-31T19:25:22Z" }, "restoredDatabase: must be an object with settings, got a text"],
      [{ restoredDatabase: {} }, "restoredDatabase.at: is missing"],
      [
        { "restoredDatabase.at": "2026-02-31T00:00:00Z" },
        'restoredDatabase.at: must be a time in UTC, "2026-01-31T19:25:22Z", got "2026-02-31T00:00:00Z"',
      ],
      [
        { "restoredDatabase.at": "2026-01-31 19:25:22" },
        'restoredDatabase.at: must be a time in UTC, "2026-01-31T19:25:22Z", got "2026-01-31 19:25:22"',
      ],
      [
        { "restoredDatabase.at": "2026-01-31T19:25:22+01:00" },
        'restoredDatabase.at: must be a time in UTC, "2026-01-31T19:25:22Z", got "2026-01-31T19:25:22+01:00"',
      ],
      [
        { "restoredDatabase.at": new Date(0) },
        'restoredDatabase.at: must be a time in UTC, "2026-01-31T19:25:22Z", got {}',
      ],
      [{ "restoredDatabase.serve": "yes" }, 'restoredDatabase.serve: must be true or false, got "yes"'],
      [
        { "restoredDatabase.serve": false, "restoredDatabase.keepOriginal": false },
        "restoredDatabase.keepOriginal: must be true while the site uses its own database, got false, set serve to true before",
      ],
    ],
  ],
  "a database and a network that exist": [
    "WebInfrastructure with what exists",
    [
      [{ "database.writeUrl": undefined }, "database.writeUrl: is missing"],
      [
        { "database.writeUrl": "mysql://shop:hunter2@db/shop" },
        "database.writeUrl: must be a URL such as postgresql://user:password@host:25060/name, other characters as %XX",
      ],
      [
        { "database.writeUrl": "postgresql://shop:hunter2 x@db/shop" },
        "database.writeUrl: must be a URL such as postgresql://user:password@host:25060/name, other characters as %XX",
      ],
      [
        { "database.writeUrl": 5 },
        "database.writeUrl: must be a URL such as postgresql://user:password@host:25060/name, other characters as %XX",
      ],
      [
        { "database.readUrl": "hunter2" },
        "database.readUrl: must be a URL such as postgresql://user:password@host:25060/name, other characters as %XX",
      ],
      [
        { "database.directUrl": "postgresql://shop:hunter2\n@db/shop" },
        "database.directUrl: must be a URL such as postgresql://user:password@host:25060/name, other characters as %XX",
      ],
      [{ "database.authority": undefined }, "database.authority: is missing"],
      [
        { "database.authority": "hunter2" },
        "database.authority: must be PEM certificates (-----BEGIN CERTIFICATE-----), got 7 characters of something else",
      ],
      [
        { "database.authority": 5 },
        "database.authority: must be PEM certificates (-----BEGIN CERTIFICATE-----), got a number",
      ],
      [
        { "database.clusterId": "shop-postgres" },
        'database.clusterId: must be an id of 32 hexadecimal digits and 4 hyphens, got "shop-postgres"',
      ],
      [{ "database.isExclusive": "no" }, 'database.isExclusive: must be true or false, got "no"'],
      [{ "database.size": "db-s-1vcpu-2gb" }, "database.size: is no setting, must be one of writeUrl, …"],
      [{ "database.token": "hunter2-hunter2" }, "database.token: is no setting, must be one of writeUrl, …"],
      [
        { restoredDatabase: { at: "2026-01-31T19:25:22Z" } },
        "restoredDatabase: needs a database that the site has made itself, got one that exists already",
      ],
      [{ "network.vpc": "5a4981aa-9653-4bd1-bef5-d6bff52042e4" }, "network.vpc: must be a VPC, got a text"],
      [{ "network.vpc": null }, "network.vpc: must be a VPC, got null"],
      [
        { "network.vpc.id": "default-fra1" },
        'network.vpc.id: must be an id of 32 hexadecimal digits and 4 hyphens, got "default-fra1"',
      ],
      [
        { "network.vpc.ipRange": "10.9.0.1/20" },
        'network.vpc.ipRange: must be a network such as 10.10.0.0/24, got "10.9.0.1/20" (its network is 10.9.0.0/20)',
      ],
      [{ "network.ipRange": "10.9.0.0/20" }, "network.ipRange: is no setting, must be one of vpc"],
    ],
  ],
  "alerts, logins, tokens and traffic": [
    "WebInfrastructure",
    [
      [{ alerts: "ops@example.com" }, "alerts: must be an object with settings, got a text"],
      [{ "alerts.email": ["ops@example.com"] }, "alerts.email: is no setting, must be one of emails, …"],
      [{ "alerts.slack": [{ channel: "#ops" }] }, "alerts.slack[0].url: is missing"],
      [
        { "alerts.slack": [{ channel: "", url: "https://hooks.slack.com/services/T0/B0/x" }] },
        'alerts.slack[0].channel: must be a channel such as "#operations", got ""',
      ],
      [
        { "alerts.slack": [{ channel: "#ops", url: "http://hooks.example.com/secret" }] },
        "alerts.slack[0].url: must be the address of an incoming webhook, https://hooks.slack.com/services/…",
      ],
      [{ "alerts.slack": "#ops" }, "alerts.slack: must be a list, got a text, put it into [ ]"],
      [{ "alerts.nodes": 80 }, "alerts.nodes: must be an object with settings, got 80"],
      [{ "alerts.nodes.cpuPercent": 100 }, "alerts.nodes.cpuPercent: must be a whole number from 1 to 99, got 100"],
      [{ "alerts.nodes.memoryPercent": 0 }, "alerts.nodes.memoryPercent: must be a whole number from 1 to 99, got 0"],
      [
        { "alerts.database": { diskPercent: 79.9 } },
        "alerts.database.diskPercent: must be a whole number from 1 to 99, got 79.9",
      ],
      [{ "alerts.site.downMinutes": 4 }, "alerts.site.downMinutes: must be one of 2, 3, 5, 10, 15, 30, 60, got 4"],
      [{ "alerts.site.slowSeconds": 0.5 }, "alerts.site.slowSeconds: must be a whole number from 1 to 60, got 0.5"],
      [
        { "alerts.site.certificateDays": 90 },
        "alerts.site.certificateDays: must be a whole number from 1 to 60, got 90",
      ],
      [{ "alerts.emails": "ops@example.com" }, "alerts.emails: must be a list, got a text, put it into [ ]"],
      [{ "alerts.emails": ["ops"] }, 'alerts.emails[0]: must be an e-mail address "name@example.com", got "ops"'],
      [
        { "alerts.emails": ["ops@example"] },
        'alerts.emails[0]: must be an e-mail address "name@example.com", got "ops@example"',
      ],
      [
        { "alerts.emails": ["a@example.com,b@example.com"] },
        'alerts.emails[0]: must be an e-mail address "name@example.com", got "a@example.com,b@example.com"',
      ],
      [
        { "alerts.emails": ["Ops <ops@example.com>"] },
        'alerts.emails[0]: must be an e-mail address "name@example.com", got "Ops <ops@example.com>"',
      ],
      [
        { "alerts.emails": ["${x}@example.com"] },
        'alerts.emails[0]: must be an e-mail address "name@example.com", got "${x}@example.com"',
      ],
      [
        { "alerts.emails": ["%{x}@example.com"] },
        'alerts.emails[0]: must be an e-mail address "name@example.com", got "%{x}@example.com"',
      ],
      [
        { "alerts.emails": ["ops@ex\u0430mple.com"] },
        'alerts.emails[0]: must be an e-mail address "name@example.com", got "ops@ex\u0430mple.com" with U+0430',
      ],
      [
        { "alerts.emails": [`${"a".repeat(250)}@example.com`] },
        'alerts.emails[0]: must be an e-mail address "name@example.com", got "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"… of 262 characters',
      ],
      [{ "alerts.emails": [null] }, 'alerts.emails[0]: must be an e-mail address "name@example.com", got null'],
      [{ sshKeys: "abc" }, "sshKeys: is called ssh.keys now"],
      [{ "ssh.keys": "abc" }, "ssh.keys: must be a list, got a text, put it into [ ]"],
      [{ "ssh.keys": ["a b"] }, 'ssh.keys[0]: must be the id or the fingerprint of a key of the account, got "a b"'],
      [
        { "ssh.keys": [289794] },
        "ssh.keys[0]: must be the id or the fingerprint of a key of the account, got 289794, put it into quotes",
      ],
      [
        { "ssh.keys": ["ssh-ed25519 AAAA ops@example.com"] },
        'ssh.keys[0]: must be the id or the fingerprint of a key of the account, got "ssh-ed25519 AAAA ops@example.com"',
      ],
      [
        { "ssh.keys": ["3b:16:bf"] },
        'ssh.keys[0]: must be the id or the fingerprint of a key of the account, got "3b:16:bf"',
      ],
      [
        { "ssh.keys": ["SHA256:abc"] },
        'ssh.keys[0]: must be the id or the fingerprint of a key of the account, got "SHA256:abc"',
      ],
      [{ "ssh.keys": ["0"] }, 'ssh.keys[0]: must be the id or the fingerprint of a key of the account, got "0"'],
      [{ "ssh.sources": "10.0.0.0/8" }, "ssh.sources: must be a list, got a text, put it into [ ]"],
      [{ "ssh.sources": ["10.0.0.1"] }, 'ssh.sources[0]: must be a network such as 10.10.0.0/24, got "10.0.0.1"'],
      [
        { "ssh.sources": ["10.0.0.1/8"] },
        'ssh.sources[0]: must be a network such as 10.10.0.0/24, got "10.0.0.1/8" (its network is 10.0.0.0/8)',
      ],
      [{ "ssh.sources": ["any"] }, 'ssh.sources[0]: must be a network such as 10.10.0.0/24, got "any"'],
      [
        { "ssh.sources": ["fe80::1%eth0/128"] },
        'ssh.sources[0]: must be a network such as 10.10.0.0/24, got "fe80::1%eth0/128"',
      ],
      [{ "ssh.sources": [{}] }, "ssh.sources[0]: must be a network such as 10.10.0.0/24, got {}"],
      [{ "ssh.key": ["289794"] }, "ssh.key: is no setting, must be one of keys, …"],
      [{ tokens: "dop_v1_hunter2" }, "tokens: must be an object with settings, got a text"],
      [
        { "tokens.failover": "hunter2" },
        "tokens.failover: must be 8 to 512 letters, digits or ._~+/=-, got 7 characters",
      ],
      [
        { "tokens.failover": "" },
        'tokens.failover: is missing, pass a sensitive Terraform variable or use the class "Stack"',
      ],
      [
        { "tokens.failover": "dop_v1_hunter2\n" },
        "tokens.failover: must be 8 to 512 letters, digits or ._~+/=-, got 15 characters",
      ],
      [{ "tokens.discovery": 12345678 }, "tokens.discovery: must be 8 to 512 letters, digits or ._~+/=-, got a number"],
      [
        { "tokens.database": ["hunter2hunter2"] },
        "tokens.database: must be 8 to 512 letters, digits or ._~+/=-, got a list",
      ],
      [{ "tokens.databse": "hunter2hunter2" }, "tokens.databse: is no setting, must be one of database, …"],
      [
        { "tokens.failover": "hunter2".repeat(100) },
        "tokens.failover: must be 8 to 512 letters, digits or ._~+/=-, got 700 characters",
      ],
      [
        { traffic: { from: "app", to: "vpc", protocol: "tcp", port: 6379 } },
        "traffic: must be a list, got an object, put it into [ ]",
      ],
      [{ traffic: ["app"] }, "traffic[0]: must be an object with settings, got a text"],
      [{ traffic: [null] }, "traffic[0]: must be an object with settings, got null"],
      [
        { "traffic[0].from": "apps" },
        'traffic[0].from: must be one of load-balancer, web, app, cloudflare, anywhere, reserved-ip, vpc, operators, or a network such as 192.0.2.7/32, got "apps"',
      ],
      [{ "traffic[0].from": undefined }, "traffic[0].from: is missing"],
      [
        { "traffic[0].from": 5 },
        "traffic[0].from: must be one of load-balancer, web, app, cloudflare, anywhere, reserved-ip, vpc, operators, or a network such as 192.0.2.7/32, got 5",
      ],
      [
        { "traffic[0].to": "mail.example.com" },
        'traffic[0].to: must be one of load-balancer, web, app, cloudflare, anywhere, reserved-ip, vpc, operators, or a network such as 192.0.2.7/32, got "mail.example.com"',
      ],
      [{ "traffic[0].protocol": "http" }, 'traffic[0].protocol: must be one of tcp, udp, icmp, got "http"'],
      [{ "traffic[0].protocol": "TCP" }, 'traffic[0].protocol: must be one of tcp, udp, icmp, got "TCP"'],
      [{ "traffic[0].port": 0 }, "traffic[0].port: must be a whole number from 1 to 65535, got 0"],
      [{ "traffic[0].port": 65536 }, "traffic[0].port: must be a whole number from 1 to 65535, got 65536"],
      [{ "traffic[0].port": "587" }, 'traffic[0].port: must be a port or a range such as "8000-8100", got "587"'],
      [
        { "traffic[0].port": "600-500" },
        'traffic[0].port: must be a port or a range such as "8000-8100", got "600-500"',
      ],
      [{ "traffic[0].port": undefined }, "traffic[0].port: is missing, tcp needs a port or a range"],
      [{ "traffic[0].port": [587] }, 'traffic[0].port: must be a port or a range such as "8000-8100", got a list'],
      [{ "traffic[0].protocol": "icmp" }, "traffic[0].port: must be left out for icmp, got 587"],
      [{ "traffic[0].ports": 587 }, "traffic[0].ports: is no setting, must be one of port, …"],
      [
        { traffic: [{ from: "anywhere", to: "app", protocol: "tcp", port: 8000 }] },
        'traffic[0].from: must not be the whole world, got "anywhere", name the networks',
      ],
      [
        { traffic: [{ from: "0.0.0.0/0", to: "web", protocol: "tcp", port: 80 }] },
        'traffic[0].from: must not be the whole world, got "0.0.0.0/0", name the networks',
      ],
      [
        { traffic: [{ from: "cloudflare", to: "web", protocol: "tcp", port: 80 }] },
        'traffic[0].from: may reach load-balancer only, got "web" as its destination',
      ],
      [
        { traffic: [{ from: "vpc", to: "anywhere", protocol: "tcp", port: 80 }] },
        "traffic[0]: must begin or end at one of load-balancer, web, app, got vpc to anywhere",
      ],
      [
        {
          traffic: Array.from({ length: 40 }, (_, i) => ({ from: "app", to: "vpc", protocol: "tcp", port: 7000 + i })),
        },
        "traffic: must leave app at most 50 firewall rules, got 52, use port ranges",
      ],
      [{ tags: "shop" }, "tags: must be a list, got a text, put it into [ ]"],
      [{ tags: ["a b"] }, 'tags[0]: must be 1 to 255 letters, digits, ":", "-" or "_", got "a b"'],
      [{ tags: [""] }, 'tags[0]: must be 1 to 255 letters, digits, ":", "-" or "_", got ""'],
      [{ tags: ["shop-web"] }, 'tags[0]: must not be a tier\'s tag, got "shop-web"'],
      [
        { tags: ["maintenance"] },
        'tags[0]: must not turn maintenance on, got "maintenance", use the setting maintenance',
      ],
      [
        { tags: ["a".repeat(256)] },
        'tags[0]: must be 1 to 255 letters, digits, ":", "-" or "_", got "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"… of 256 characters',
      ],
      [{ tags: [5] }, 'tags[0]: must be 1 to 255 letters, digits, ":", "-" or "_", got 5, put it into quotes'],
      [{ project: "shop" }, 'project: must be an id of 32 hexadecimal digits and 4 hyphens, got "shop"'],
      [{ project: 5 }, "project: must be an id of 32 hexadecimal digits and 4 hyphens, got 5, put it into quotes"],
      [{ maintenance: true }, "maintenance: must be an object with settings, got true"],
      [{ maintenance: "on" }, "maintenance: must be an object with settings, got a text"],
      [{ maintenance: { allow: "203.0.113.0/24" } }, "maintenance.allow: must be a list, got a text, put it into [ ]"],
      [
        { maintenance: { allow: ["office"] } },
        'maintenance.allow[0]: must be a network such as 10.10.0.0/24, got "office"',
      ],
      [
        { maintenance: { allow: Array(21).fill("203.0.113.0/24") } },
        "maintenance.allow: must hold at most 20 networks, got 21",
      ],
      [{ maintenance: { allowed: [] } }, "maintenance.allowed: is no setting, must be one of allow"],
    ],
  ],
  "tiers of your own": [
    "Tier with a container",
    [
      [{ workload: undefined }, "workload: is missing"],
      [{ workload: null }, 'workload: must be an object whose kind is "container" or "user-data", got null'],
      [{ workload: "redis" }, 'workload: must be an object whose kind is "container" or "user-data", got a text'],
      [{ "workload.kind": "docker" }, 'workload.kind: must be "container" or "user-data", got "docker"'],
      [
        { "workload.image": "worker" },
        'workload.image: must be registry/name:tag or registry/name@sha256:…, got "worker"',
      ],
      [
        { nodes: 1 },
        "nodes: must be a whole number from 2 to 50, got 1 (a single point of failure, set allowSinglePointsOfFailure to true where that is wanted)",
      ],
      [{ nodes: 51 }, "nodes: must be a whole number from 2 to 50, got 51"],
      [{ nodes: 2, batchSize: 3 }, "batchSize: must be at most the number of nodes, which is 2, got 3"],
      [{ size: "big" }, 'size: must be a droplet size such as "s-1vcpu-1gb", got "big"'],
      [
        { usesDatabase: false },
        "usesDatabase: must be true for a container, which is told the database's URLs, got false",
      ],
      [{ usesDatabase: "yes" }, 'usesDatabase: must be true or false, got "yes"'],
      [{ node: 3 }, "node: is no setting, must be one of nodes, …"],
      [
        { "workload.healthPath": 5 },
        "workload.healthPath: must be an absolute path such as /healthz, got 5, put it into quotes",
      ],
      [
        { "schedules.cleanup.at": "never" },
        'schedules.cleanup.at: must be a time in UTC, without seconds, like "03:00", "Mon..Fri 08:30", "*-*-1 04:00", "*:0/15" or "hourly", got "never"',
      ],
      [{ databaseConnections: 0 }, "databaseConnections: must be a whole number from 1 to 10000, got 0"],
    ],
  ],
  "tiers of your own with user-data": [
    "Tier with user-data",
    [
      [{ "workload.text": "" }, 'workload.text: must begin with "#cloud-config" or "#!", got ""'],
      [{ "workload.text": "echo hi" }, 'workload.text: must begin with "#cloud-config" or "#!", got "echo hi"'],
      [{ "workload.text": undefined }, "workload.text: is missing"],
      [{ "workload.text": 5 }, "workload.text: must be a text, got a number, put it into quotes"],
      [{ "workload.text": "#!/bin/sh\0" }, "workload.text: must not hold a NUL character"],
      [
        { "workload.text": late },
        "workload.text: must be known before Terraform runs, put what is not into a file of extraFiles",
      ],
      [{ "workload.units": "redis-server.service" }, "workload.units: must be a list, got a text, put it into [ ]"],
      [
        { "workload.units": ["redis-server"] },
        'workload.units[0]: must be a unit such as redis-server.service, got "redis-server"',
      ],
      [
        { "workload.port": 6432 },
        "workload.port: must be free on the node, got 6432, which is for the node's database endpoint for writing; let it listen elsewhere",
      ],
      [{ "workload.port": "6379" }, 'workload.port: must be a whole number from 1 to 65535, got "6379"'],
      [{ "workload.image": "x" }, "workload.image: is no setting, must be one of kind, …"],
      [
        { workers: { mailer: { command: ["x"] } } },
        'workers: must be beside an application or a workload of the kind "container"',
      ],
    ],
  ],
};

/** The same settings with one value in the place of another; "a.b[0]" is the way to it. */
function changed(settings: unknown, path: string, value: unknown): unknown {
  const [first = "", ...rest] = path.split(/[.[\]]+/).filter((step) => step !== "");
  const copy: any = Array.isArray(settings) ? [...settings] : { ...(settings as object) };
  copy[first] = rest.length === 0 ? value : changed(copy[first], rest.join("."), value);
  return copy;
}

function refusal({ settings, build }: Built, changes: Row[0]): readonly string[] {
  const wrong = Object.entries(changes).reduce<unknown>((one, [path, value]) => changed(one, path, value), settings);
  try {
    build(wrong as never);
  } catch (error) {
    if (error instanceof SettingsError) return error.message.split("\n");
    throw error;
  }
  return [];
}

describe.each(Object.entries(rows))("%s", (_, [of, table]) => {
  test.each(table)("fails with %j", (changes, said) => {
    const lines = refusal(all[of]!, changes);
    const expected = [said].flat();
    const shortened = lines.map((line, i) => {
      const start = expected[i]?.endsWith("…") ? expected[i].slice(0, -1) : undefined;
      return start !== undefined && line.startsWith(start) ? expected[i] : line;
    });
    expect(shortened).toEqual(expected);
    expect(lines.join()).not.toContain("hunter2");
  });
});

test("there are more than 500 of them", () => {
  expect(Object.values(rows).flatMap(([, table]) => table).length).toBeGreaterThan(500);
});
