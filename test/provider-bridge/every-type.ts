import { zoneId as zone_id } from "./simulated-clouds";

/** A configuration with every resource type and data source that the bridge has. */
export const everyType = {
  data: {
    digitalocean_account: { own: {} },
    digitalocean_database_ca: { main: { cluster_id: "${digitalocean_database_cluster.main.id}" } },
    digitalocean_database_user: {
      administrator: { name: "doadmin", cluster_id: "${digitalocean_database_cluster.main.id}" },
    },
    digitalocean_region: { here: { slug: "fra1" } },
    digitalocean_regions: { open: { filter: [{ key: "available", values: ["true"] }] } },
    digitalocean_sizes: {
      small: {
        filter: [{ key: "vcpus", values: ["1"] }],
        sort: [{ key: "price_monthly", direction: "desc" }],
      },
    },
    cloudflare_ip_ranges: { edge: {} },
  },
  resource: {
    digitalocean_tag: { lb: { name: "lb" }, web: { name: "web" } },
    digitalocean_vpc: { main: { name: "main", region: "fra1", ip_range: "10.20.0.0/20" } },
    digitalocean_ssh_key: { ops: { name: "ops", public_key: "${tls_private_key.ed25519.public_key_openssh}" } },
    digitalocean_droplet: {
      web: {
        name: "web-1",
        region: "fra1",
        size: "s-1vcpu-1gb",
        image: "debian-13-x64",
        vpc_uuid: "${digitalocean_vpc.main.id}",
        tags: ["${digitalocean_tag.web.name}"],
        ssh_keys: ["${digitalocean_ssh_key.ops.fingerprint}"],
        monitoring: true,
        droplet_agent: false,
        user_data: "#cloud-config\n{}\n",
        graceful_shutdown: true,
        timeouts: { delete: "5m" },
      },
    },
    digitalocean_firewall: {
      web: {
        name: "web",
        tags: ["${digitalocean_tag.web.name}"],
        inbound_rule: [
          { protocol: "tcp", port_range: "80", source_tags: ["${digitalocean_tag.lb.name}"] },
          { protocol: "udp", port_range: "4789", source_addresses: ["10.20.0.0/20"] },
          { protocol: "icmp", source_addresses: ["0.0.0.0/0", "::/0"] },
        ],
        outbound_rule: [{ protocol: "tcp", port_range: "1-65535", destination_addresses: ["0.0.0.0/0", "::/0"] }],
      },
    },
    digitalocean_reserved_ip: {
      site: { region: "fra1" },
      bound: { region: "fra1", droplet_id: "${digitalocean_droplet.web.id}" },
    },
    digitalocean_database_cluster: {
      main: {
        name: "main",
        engine: "pg",
        version: "17",
        size: "db-s-1vcpu-2gb",
        region: "fra1",
        node_count: 2,
        private_network_uuid: "${digitalocean_vpc.main.id}",
        tags: ["${digitalocean_tag.web.name}"],
        maintenance_window: [{ day: "sunday", hour: "02:00" }],
      },
    },
    digitalocean_database_replica: {
      read: {
        name: "read-1",
        cluster_id: "${digitalocean_database_cluster.main.id}",
        region: "fra1",
        size: "db-s-1vcpu-2gb",
        private_network_uuid: "${digitalocean_vpc.main.id}",
      },
    },
    digitalocean_database_db: { app: { name: "app", cluster_id: "${digitalocean_database_cluster.main.id}" } },
    digitalocean_database_user: { app: { name: "app", cluster_id: "${digitalocean_database_cluster.main.id}" } },
    digitalocean_database_connection_pool: {
      app: {
        name: "app-pool",
        cluster_id: "${digitalocean_database_cluster.main.id}",
        mode: "transaction",
        size: 10,
        db_name: "${digitalocean_database_db.app.name}",
        user: "${digitalocean_database_user.app.name}",
      },
    },
    digitalocean_database_firewall: {
      main: {
        cluster_id: "${digitalocean_database_cluster.main.id}",
        rule: [{ type: "tag", value: "${digitalocean_tag.web.name}" }],
      },
      read: {
        cluster_id: "${digitalocean_database_replica.read.uuid}",
        rule: [{ type: "tag", value: "${digitalocean_tag.web.name}" }],
      },
    },
    digitalocean_database_postgresql_config: {
      main: { cluster_id: "${digitalocean_database_cluster.main.id}", timezone: "UTC", work_mem: 8 },
    },
    digitalocean_monitor_alert: {
      cpu: {
        type: "v1/insights/droplet/cpu",
        description: "CPU",
        compare: "GreaterThan",
        value: 80,
        window: "5m",
        tags: ["${digitalocean_tag.web.name}"],
        alerts: [{ email: ["ops@example.com"], slack: [{ channel: "#ops", url: "https://slack.example.com/hook" }] }],
      },
    },
    digitalocean_uptime_check: {
      www: { name: "www", target: "https://www.example.com/", regions: ["us_east", "eu_west"] },
    },
    digitalocean_uptime_alert: {
      down: {
        name: "down",
        check_id: "${digitalocean_uptime_check.www.id}",
        type: "down",
        period: "2m",
        notifications: [{ email: ["ops@example.com"] }],
      },
    },
    cloudflare_dns_record: {
      www: {
        zone_id,
        name: "www.example.com",
        type: "A",
        content: "${digitalocean_reserved_ip.site.ip_address}",
        proxied: true,
        ttl: 1,
      },
    },
    cloudflare_zone_setting: {
      ssl: { zone_id, setting_id: "ssl", value: "strict" },
      min_tls: { zone_id, setting_id: "min_tls_version", value: "1.2" },
    },
    cloudflare_origin_ca_certificate: {
      site: {
        csr: "${tls_cert_request.site.cert_request_pem}",
        hostnames: ["www.example.com", "example.com"],
        request_type: "origin-ecc",
        requested_validity: 365,
      },
    },
    cloudflare_authenticated_origin_pulls_certificate: {
      edge: {
        zone_id,
        certificate: "${tls_locally_signed_cert.edge.cert_pem}",
        private_key: "${tls_private_key.p256.private_key_pem}",
      },
    },
    cloudflare_authenticated_origin_pulls_settings: { edge: { zone_id, enabled: true } },
    cloudflare_argo_tiered_caching: { edge: { zone_id, value: "on" } },
    cloudflare_tiered_cache: { edge: { zone_id, value: "on" } },
    cloudflare_ruleset: {
      redirect: {
        zone_id,
        kind: "zone",
        name: "to https",
        phase: "http_request_dynamic_redirect",
        rules: [
          {
            ref: "to-https",
            description: "Plain HTTP goes to HTTPS",
            expression: "(not ssl)",
            action: "redirect",
            action_parameters: {
              from_value: {
                status_code: 301,
                preserve_query_string: true,
                target_url: { expression: 'concat("https://", http.host, http.request.uri.path)' },
              },
            },
          },
        ],
      },
    },
    tls_private_key: {
      ed25519: { algorithm: "ED25519" },
      p256: { algorithm: "ECDSA", ecdsa_curve: "P256" },
      rsa: { algorithm: "RSA", rsa_bits: 2048 },
    },
    tls_cert_request: {
      site: {
        private_key_pem: "${tls_private_key.p256.private_key_pem}",
        dns_names: ["www.example.com"],
        subject: [{ common_name: "www.example.com", organization: "Example, Inc." }],
      },
    },
    tls_self_signed_cert: {
      authority: {
        private_key_pem: "${tls_private_key.rsa.private_key_pem}",
        is_ca_certificate: true,
        set_subject_key_id: true,
        validity_period_hours: 87600,
        allowed_uses: ["cert_signing", "crl_signing"],
        subject: [{ common_name: "Edge authority" }],
      },
    },
    tls_locally_signed_cert: {
      edge: {
        cert_request_pem: "${tls_cert_request.site.cert_request_pem}",
        ca_private_key_pem: "${tls_private_key.rsa.private_key_pem}",
        ca_cert_pem: "${tls_self_signed_cert.authority.cert_pem}",
        validity_period_hours: 24,
        allowed_uses: ["digital_signature", "client_auth", "server_auth"],
      },
    },
  },
};
