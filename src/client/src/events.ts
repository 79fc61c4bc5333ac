import type { components } from "./schema.js";
import { Problem, problemOf } from "./problem.js";
import type { Session } from "./session.js";
import { EventParser, type RawEvent } from "./sse.js";

type Schemas = components["schemas"];

interface Payloads {
  car: Schemas["CarEvent"];
  notification: Schemas["NotificationEvent"];
  vehicle_warning: Schemas["WarningEvent"];
  trip_ended: Schemas["TripEvent"];
  command: Schemas["CommandEvent"];
  cars: Schemas["CarsEvent"];
  reset: Schemas["ResetEvent"];
}

/** One event of `GET /events`; `type` tells what `data` is. */
export type BridgeEvent = { [Type in keyof Payloads]: { id: string; type: Type; data: Payloads[Type] } }[keyof Payloads];

export interface EventOptions {
  /** Ends the iteration, without an error. */
  signal?: AbortSignal | undefined;
  /** Of the last event that was seen in an earlier iteration. */
  lastEventId?: string | undefined;
  /** The first and the longest pause before connecting again, in ms; it doubles in between. */
  pause?: { first: number; longest: number } | undefined;
  /** A stream that is silent for so long is given up, in ms; the bridge says something every 15 s. */
  silence?: number | undefined;
  /** Told why a connection ended, before the next one. */
  onInterruption?: ((reason: unknown) => void) | undefined;
}

const NAMES = new Set<string>([
  "car",
  "notification",
  "vehicle_warning",
  "trip_ended",
  "command",
  "cars",
  "reset",
] satisfies (keyof Payloads)[]);
const RETRIED = new Set([408, 429, 500, 502, 503, 504]);

/** What happens, until `signal` ends it; goes on where it was after an interruption. Throws a Problem
 *  when going on makes no sense, such as 401 when the session has ended. */
export async function* events(session: Session, options: EventOptions = {}): AsyncGenerator<BridgeEvent, void, undefined> {
  const pause = options.pause ?? { first: 1000, longest: 30_000 };
  let last = options.lastEventId ?? "";
  let wait = pause.first;
  while (!options.signal?.aborted) {
    let reason: unknown = new Error("the stream ended");
    try {
      for await (const { event, retry } of connection(session, last, options)) {
        wait = Math.max(pause.first, retry ?? 0);
        if (!event) continue;
        last = event.id;
        if (NAMES.has(event.name)) yield { id: event.id, type: event.name, data: JSON.parse(event.data) } as BridgeEvent;
      }
    } catch (error) {
      if (options.signal?.aborted) return;
      if (error instanceof Problem && !RETRIED.has(error.status)) throw error;
      reason = error;
    }
    if (options.signal?.aborted) return;
    options.onInterruption?.(reason);
    const asked = reason instanceof Problem ? (reason.retryAfter ?? 0) * 1000 : 0;
    // Without chance, everybody would come back in the same moment after a restart of the bridge.
    await sleep(Math.max(asked, wait * (0.75 + Math.random() / 2)), options.signal);
    wait = Math.min(wait * 2, pause.longest);
  }
}

/** One connection's events, and an empty item for everything else that was heard. */
async function* connection(session: Session, last: string, options: EventOptions): AsyncGenerator<{ event?: RawEvent; retry: number | undefined }> {
  const end = new AbortController();
  const stop = () => end.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", stop);
  const limit = options.silence ?? 45_000;
  const giveUp = () => end.abort(new Error(`nothing was heard for ${limit} ms`));
  let timer = setTimeout(giveUp, limit);
  try {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (last) headers["Last-Event-ID"] = last;
    const response = await session.send(new Request(`${session.url}/events`, { headers, signal: end.signal, cache: "no-store" }));
    if (!response.ok || !response.body) throw problemOf(response, await response.json().catch(() => null));
    const parser = new EventParser();
    const decoder = new TextDecoder();
    const reader = response.body.getReader(); // not every browser iterates over streams
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(giveUp, limit);
      const found = parser.push(decoder.decode(value, { stream: true }));
      if (found.length === 0) yield { retry: parser.retry };
      for (const event of found) yield { event, retry: parser.retry };
    }
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", stop);
    end.abort(); // whoever leaves the iteration early leaves no connection behind
  }
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}
