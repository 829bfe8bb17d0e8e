import { exampleLoadBalancer } from "../example-hosts";

/** Options of curl by which a load balancer takes it for the edge. */
export const edgeCertificate = ["--cert", "/etc/haproxy/tls/site.pem", "--key", "/etc/haproxy/tls/site.pem.key"];
/** By which it takes a request for the site's. */
export const siteHost = ["--header", `Host: ${exampleLoadBalancer.hostname}`];
