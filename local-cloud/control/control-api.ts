/** What goes over the control API and is at home elsewhere: clients know the API and not what is behind it. */
export type { ZoneDeclaration } from "../api/cloudflare/account/store";
export type { TokenGrant } from "../api/tokens";
export type { ReservedIpMove } from "../network/cloud-network";
