/**
 * Droplets share this machine's clock, and Linux has no namespace for the time of day. But a program that libfaketime is
 * loaded into reads from a file, once a second, how far off its clock is. Monotonic clocks stay as they are, as they do
 * when a real clock is set. Not HAProxy: it does not start with libfaketime in it.
 */
const FILE = "/run/infrastructure/clock";
/** What decides who holds the address. */
const UNITS = "keepalived hold-reserved-ip";

/** Shell commands as root: from now on until the next boot, keepalived and hold-reserved-ip go by the file. */
export const OWN_CLOCK = `set -eu
[ ! -e ${FILE} ] || exit 0
echo +0 >${FILE}
library=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1)
for unit in ${UNITS}; do
    mkdir -p /run/systemd/system/$unit.service.d
    printf '%s\\n' '[Service]' "Environment=LD_PRELOAD=$library FAKETIME_TIMESTAMP_FILE=${FILE}" \\
        'Environment=FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1' \\
        >/run/systemd/system/$unit.service.d/clock.conf
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
echo ${seconds} >${FILE}`;
}
