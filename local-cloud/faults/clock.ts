/**
 * Droplets share this machine's clock, and Linux has no namespace for the time of day. But a program that libfaketime is
 * loaded into reads an offset from a file each time that it asks for the time. Monotonic clocks stay as they are, as they
 * do when a real clock is set.
 */
const FILE = "/run/infrastructure/clock";
/** HAProxy sees no other files. */
const CHROOT = "/var/lib/haproxy";
const UNITS = "haproxy keepalived hold-reserved-ip";

/** Shell commands as root: from now on until the next boot, the programs of a load balancer go by the file. */
export const OWN_CLOCK = `set -eu
[ ! -e ${FILE} ] || exit 0
mkdir -p ${CHROOT}/run/infrastructure
for file in ${FILE} ${CHROOT}${FILE}; do echo +0 >$file; chmod 644 $file; done
library=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1)
for unit in ${UNITS}; do
    mkdir -p /run/systemd/system/$unit.service.d
    printf '%s\\n' '[Service]' "Environment=LD_PRELOAD=$library FAKETIME_TIMESTAMP_FILE=${FILE} FAKETIME_NO_CACHE=1" \\
        'Environment=FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1' >/run/systemd/system/$unit.service.d/clock.conf
done
systemctl daemon-reload
systemctl restart ${UNITS}`;

/** Shell commands as root: the clock is that many seconds ahead (`+3600`) or right again (`+0`). */
export function moveClock(seconds: string): string {
  return `set -eu
for unit in ${UNITS}; do
    pid=$(systemctl show --property=MainPID --value $unit)
    grep -q libfaketime /proc/$pid/maps || { echo "$unit: goes by the machine's clock" >&2; exit 1; }
done
for file in ${FILE} ${CHROOT}${FILE}; do echo ${seconds} >$file; done`;
}
