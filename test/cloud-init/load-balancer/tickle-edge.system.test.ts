import { join } from "node:path";
import { findCloudInitDirectory, readRootfs } from "../../../cloud-init/rootfs";
import { describeWithImage, HostImage } from "../host-image";

/** More than one packet of the overlay names. */
const CONNECTIONS = 300;

/**
 * The edge and two load balancers on one wire. The first one holds the address, answers nothing and is then gone; `$@` is what
 * the second one says of itself from then on, each line for three seconds. Prints after each how many connections have ended.
 */
const takeOver = `
  for node in edge one two; do
    ip netns add $node
    ip link add port-$node type veth peer name eth0 netns $node
    ip -n $node link set lo up
    ip -n $node link set eth0 up
  done
  ip link add wire type bridge
  ip link set wire up
  for node in edge one two; do ip link set port-$node master wire up; done
  ip -n edge address add 192.0.2.1/24 dev eth0
  on() { node=$1; shift; ip netns exec $node "$@"; }
  overlay() {
    ip -n $1 address add $2/24 dev eth0
    on $1 env PRIVATE_ADDRESS=$2 VXLAN_PORT=4789 create-vrrp-overlay
    bridge -n $1 fdb append 00:00:00:00:00:00 dev vx0 dst $3
    mkdir /run/$1
  }
  overlay one 192.0.2.2 192.0.2.3
  overlay two 192.0.2.3 192.0.2.2
  ip -n one address add 192.0.2.9/32 dev eth0
  on one python3 -c '
import socket, time
with socket.create_server(("192.0.2.9", 443), backlog=500) as server:
    held = [server.accept() for _ in range(${CONNECTIONS})]
    time.sleep(60)
' &
  echo '{"active": true, "relay": "off"}' >/run/one/holder.json
  echo '{"active": false, "relay": "off"}' >/run/two/holder.json
  tickle() { on $1 env ANCHOR_ADDRESS=192.0.2.9 PRIVATE_ADDRESS=$2 RUN_DIRECTORY=/run/$1 tickle-edge & }
  tickle one 192.0.2.2
  [ -z "\${WITHOUT:-}" ] && tickle two 192.0.2.3
  on edge python3 -c '
import select, socket, time
for _ in range(50):
    try:
        first = socket.create_connection(("192.0.2.9", 443)); break
    except OSError:
        time.sleep(0.1)
opened = [first, *(socket.create_connection(("192.0.2.9", 443)) for _ in range(${CONNECTIONS - 1}))]
for one in opened: one.send(b"a request")
print("open", flush=True)
ended = set()
while True:
    for one in select.select([one for one in opened if one not in ended], [], [], 0.1)[0]:
        try: assert one.recv(1) == b"", "data"
        except ConnectionResetError: ended.add(one)
    with open("/run/ended.new", "w") as file: file.write(str(len(ended)))
    import os; os.replace("/run/ended.new", "/run/ended")
    if len(ended) == len(opened): break
' &
  sleep 4
  ip -n one link set eth0 down
  ip -n two address add 192.0.2.9/32 dev eth0
  ip -n edge neighbour replace 192.0.2.9 lladdr "$(ip -n two -json link show eth0 | jq -r '.[0].address')" dev eth0
  for state in $STATES; do
    echo "$state" >/run/two/holder.json
    sleep 3
    echo "ended $(cat /run/ended)"
  done
`;

describeWithImage("tickle-edge", () => {
  let host: HostImage;

  beforeAll(() => {
    host = new HostImage(readRootfs(join(findCloudInitDirectory(), "load-balancer/rootfs")));
  });

  afterAll(() => host[Symbol.dispose]());

  /** How many of the connections have ended three seconds after each of the states. */
  const endedAfter = (states: readonly object[], variables = ""): number[] => {
    const lines = states.map((state) => JSON.stringify(state)).join(" ");
    const { stdout, stderr } = host.run(`STATES='${lines}'\n${variables}\n${takeOver}`);
    const ended = [...stdout.matchAll(/^ended (\d+)$/gm)].map(([, count]) => Number(count));
    if (ended.length !== states.length) throw new Error(stderr);
    return ended;
  };

  test("ends the connections to a load balancer that is gone, also those that only wait for an answer", () => {
    expect(endedAfter([{ active: true, relay: "off" }])).toEqual([CONNECTIONS]);
  });

  test("nothing else ends them", () => {
    expect(endedAfter([{ active: true, relay: "off" }], "WITHOUT=yes")).toEqual([0]);
  });

  test("ends none without the address, or while answers of the one before are relayed", () => {
    const states = [
      { active: null, relay: "off" },
      { active: true, relay: "for" },
      { active: true, relay: "off" },
    ];
    expect(endedAfter(states)).toEqual([0, 0, CONNECTIONS]);
  });
});
