// The release command: as at its own start Unleash migrates and makes the first user, but does not go on to listen.
import { create } from "unleash-server";

await create({ db: { disableMigration: false }, disableScheduler: true });
// What it has begun beside that, metrics for example, would run on.
process.exit();
