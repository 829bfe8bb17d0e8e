/** What stands between two markers of a document, made by a command that the first marker names. */
export class GeneratedText {
  private readonly begin: string;
  private readonly end: string;

  /** `name` tells it from others in the same document. */
  constructor(name: string, command: string) {
    this.begin = `<!-- ${name}: begin (${command}) -->`;
    this.end = `<!-- ${name}: end -->`;
  }

  /** The document with other text between the markers; throws when it has none. */
  replaceIn(document: string, text: string): string {
    const [begin, end] = [document.indexOf(this.begin), document.indexOf(this.end)];
    if (begin === -1 || end < begin) throw new Error(`document: must have the lines "${this.begin}" and "${this.end}"`);
    return `${document.slice(0, begin + this.begin.length)}\n\n${text}\n\n${document.slice(end)}`;
  }
}
