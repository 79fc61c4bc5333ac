/** One event of a `text/event-stream` (the HTML standard, 9.2.6). */
export interface RawEvent {
  /** The last id that was sent; empty: none yet. */
  id: string;
  name: string;
  data: string;
}

/** Reads a stream piece by piece, however it was cut. */
export class EventParser {
  #rest = "";
  #id = "";
  #name = "";
  #data: string[] = [];
  #begin = true;
  /** What `retry:` said last, in ms. */
  retry: number | undefined;

  /** The events that this piece completes. */
  push(piece: string): RawEvent[] {
    let text = this.#rest + piece;
    if (this.#begin && text.length > 0) {
      if (text.startsWith("\uFEFF")) text = text.slice(1);
      this.#begin = false;
    }
    const events: RawEvent[] = [];
    for (;;) {
      const end = /\r\n|\n|\r/.exec(text);
      // A lone CR at the end may be the first half of a CRLF.
      if (end === null || (end[0] === "\r" && end.index === text.length - 1)) break;
      const event = this.#line(text.slice(0, end.index));
      if (event) events.push(event);
      text = text.slice(end.index + end[0].length);
    }
    this.#rest = text;
    return events;
  }

  #line(line: string): RawEvent | undefined {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined; // a comment: the heartbeat
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#name = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    return undefined;
  }

  #dispatch(): RawEvent | undefined {
    const event = { id: this.#id, name: this.#name || "message", data: this.#data.join("\n") };
    const complete = this.#data.length > 0;
    this.#name = "";
    this.#data = [];
    return complete ? event : undefined;
  }
}
