/** Says what is going on, a line at a time, each with the seconds since the start. Goes to stderr: stdout is for answers. */
export class Progress {
  private readonly started = Date.now();

  say(text: string): void {
    const seconds = ((Date.now() - this.started) / 1000).toFixed(1).padStart(6);
    for (const line of text.split("\n")) process.stderr.write(`${seconds} s  ${line}\n`);
  }
}
