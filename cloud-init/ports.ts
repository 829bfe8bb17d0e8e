/** Ports that nodes listen on: one list for the text on the hosts and for the firewalls in front of them. */
export const ports = {
  /** HTTPS from Cloudflare to the load balancers. */
  https: 443,
  /** Health endpoint of a load balancer, probed by its peers over the VPC and through the reserved IP. */
  loadBalancerHealth: 8404,
  /** VXLAN that carries VRRP between load balancers (RFC 7348), UDP. */
  vxlan: 4789,
  /** HTTP from the load balancers to Nginx. */
  web: 80,
  /** HTTP from the web nodes to the application. */
  app: 8000,
  /** Readiness of a node, HTTP, asked by the load balancers. */
  nodeStatus: 8500,
  /** HAProxy agent check of a node ("ready" or "drain"), TCP, asked by whoever sends it traffic. */
  agentCheck: 8501,
  /** Database endpoint of a node for writing (PgBouncer), on its loopback only. */
  databaseWrite: 6432,
  /** The same for reading. */
  databaseRead: 6433,
  /** PostgreSQL itself (DigitalOcean managed databases). */
  database: 25060,
  /** Connection pools (PgBouncer) of a DigitalOcean managed database. */
  databasePool: 25061,
} as const;
