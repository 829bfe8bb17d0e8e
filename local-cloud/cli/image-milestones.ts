import type { Progress } from "./progress";

/** A build prints thousands of lines: one in a hundred shows that it moves. */
export function onlyMilestones(progress: Progress): (line: string) => void {
  let lines = 0;
  return (line) => {
    if (lines++ === 0) progress.say("building the Debian 13 image, once; this takes one to three minutes");
    if (lines % 100 === 0) progress.say(`  ${line.slice(0, 100)}`);
  };
}
