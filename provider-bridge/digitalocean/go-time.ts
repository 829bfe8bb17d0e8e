/** A time of the API as Go prints it: `2026-01-15T09:00:00Z` becomes `2026-01-15 09:00:00 +0000 UTC`. */
export function goTimeText(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const [date = "", rest = ""] = time.toISOString().split("T");
  const [clock = "", fraction = ""] = rest.replace("Z", "").split(".");
  const digits = fraction.replace(/0+$/, "");
  return `${date} ${clock}${digits === "" ? "" : `.${digits}`} +0000 UTC`;
}
