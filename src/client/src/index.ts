import createClient, { type Client as Routes } from "openapi-fetch";

import { events, type BridgeEvent, type EventOptions } from "./events.js";
import { Problem, problemOf } from "./problem.js";
import type { components, paths } from "./schema.js";
import { Session, type SessionOptions, type Tokens } from "./session.js";

export { EventParser, type RawEvent } from "./sse.js";
export { Problem, type BridgeEvent, type EventOptions, type SessionOptions, type Tokens };
export type { ProblemDetails } from "./problem.js";
export type { components, operations, paths } from "./schema.js";
export type Schemas = components["schemas"];

/** For every call. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** A period of the history: times, or days in the owner's time zone. */
export interface Period {
  from?: string | undefined;
  to?: string | undefined;
}

type Kind = "trips" | "charges" | "samples" | "events";
interface Entries {
  trips: Schemas["Trip"];
  charges: Schemas["Charge"];
  samples: Schemas["Sample"];
  events: Schemas["HistoryEvent"];
}
type Answer<Data> = Promise<{ data?: Data; error?: unknown; response: Response }>;

/** Leaves out what is undefined: an empty parameter would be sent. */
function given<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

/** Unlike any other. Without randomUUID(), which browsers keep from pages that came without TLS. */
function newKey(): string {
  const bytes = Array.from({ length: 16 }, () => Math.floor(Math.random() * 256));
  const random = globalThis.crypto?.getRandomValues(new Uint8Array(16)) ?? bytes;
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function withSignal(options: CallOptions): { signal?: AbortSignal } {
  return options.signal ? { signal: options.signal } : {};
}

/** The data of an answer; a Problem is thrown when it is an error. */
export async function unwrap<Data>(answer: Answer<Data>): Promise<Data> {
  const { data, error, response } = await answer;
  if (!response.ok) throw problemOf(response, error);
  return data as Data;
}

/** The REST interface of one bridge. Methods throw a `Problem` when the answer is an error. */
export class Client {
  readonly session: Session;
  /** Every route of openapi.json with its types; answers errors instead of throwing them. */
  readonly routes: Routes<paths>;

  constructor(options: SessionOptions) {
    this.session = new Session(options);
    this.routes = createClient<paths>({ baseUrl: this.session.url, fetch: (request) => this.session.send(request) });
  }

  async signIn(username: string, password: string, options: CallOptions & { brand?: Schemas["Brand"] } = {}): Promise<void> {
    this.session.tokens = await unwrap(this.routes.POST("/auth/login", {
      body: given({ username, password, brand: options.brand }) as Schemas["Login"], ...withSignal(options) }));
  }

  /** Ends the session. It is forgotten here even if the bridge cannot be told. */
  async signOut(options: CallOptions = {}): Promise<void> {
    try {
      await unwrap(this.routes.POST("/auth/logout", withSignal(options)));
    } catch (error) {
      if (!(error instanceof Problem && error.status === 401)) throw error;
    } finally {
      this.session.tokens = null;
    }
  }

  async vehicles(options: CallOptions = {}): Promise<Schemas["VehicleSummary"][]> {
    return (await unwrap(this.routes.GET("/vehicles", withSignal(options)))).vehicles;
  }

  /** One car, by id or VIN. Asks nothing yet. */
  vehicle(car: string): Vehicle {
    return new Vehicle(this.routes, car);
  }

  health(options: CallOptions = {}): Promise<Schemas["Health"]> {
    return unwrap(this.routes.GET("/health", withSignal(options)));
  }

  /** Answers also when something is down. */
  async ready(options: CallOptions = {}): Promise<Schemas["Ready"]> {
    const { data, error, response } = await this.routes.GET("/ready", withSignal(options));
    if (data) return data;
    if (response.status === 503) return error as Schemas["Ready"];
    throw problemOf(response, error);
  }

  /** What happens, as it happens; see `EventOptions`. */
  events(options: EventOptions = {}): AsyncGenerator<BridgeEvent, void, undefined> {
    return events(this.session, options);
  }
}

/** One car of a `Client`. */
export class Vehicle {
  readonly #routes: Routes<paths>;
  readonly car: string;

  constructor(routes: Routes<paths>, car: string) {
    this.#routes = routes;
    this.car = car;
  }

  get(options: CallOptions = {}): Promise<Schemas["Vehicle"]> {
    return unwrap(this.#routes.GET("/vehicles/{car}", this.#call(options)));
  }
  location(options: CallOptions = {}): Promise<Schemas["Location"]> {
    return unwrap(this.#routes.GET("/vehicles/{car}/location", this.#call(options)));
  }
  telemetry(options: CallOptions = {}): Promise<Schemas["VehicleValues"]> {
    return unwrap(this.#routes.GET("/vehicles/{car}/telemetry", this.#call(options)));
  }
  status(options: CallOptions = {}): Promise<Schemas["VehicleValues"]> {
    return unwrap(this.#routes.GET("/vehicles/{car}/status", this.#call(options)));
  }
  abrp(options: CallOptions = {}): Promise<Schemas["AbrpPoint"]> {
    return unwrap(this.#routes.GET("/vehicles/{car}/abrp", this.#call(options)));
  }
  /** Wakes the car, within the limits. */
  refresh(options: CallOptions = {}): Promise<Schemas["RefreshAnswer"]> {
    return unwrap(this.#routes.POST("/vehicles/{car}/refresh", this.#call(options)));
  }

  /** All entries of a period, newest first, fetched part by part as they are used. */
  async *history<K extends Kind>(kind: K, period: Period & { limit?: number } = {}, options: CallOptions = {}): AsyncGenerator<Entries[K], void, undefined> {
    let cursor: string | undefined;
    do {
      const part = await unwrap(this.#part(kind, given({ ...period, cursor }), options));
      yield* (part as unknown as Record<K, Entries[K][]>)[kind];
      cursor = part.next ?? undefined;
    } while (cursor !== undefined);
  }
  statistics(period: Period = {}, options: CallOptions = {}): Promise<Schemas["Statistics"]> {
    return unwrap(this.#routes.GET("/vehicles/{car}/statistics", {
      params: { path: { car: this.car }, query: given(period) }, ...withSignal(options) }));
  }
  /** Deletes what was kept of this car; answers how many entries. */
  async deleteHistory(options: CallOptions = {}): Promise<number> {
    return (await unwrap(this.#routes.DELETE("/vehicles/{car}/history", this.#call(options)))).deleted;
  }

  commands(options: CallOptions = {}): Promise<Schemas["CommandList"]> {
    return unwrap(this.#routes.GET("/vehicles/{car}/commands", this.#call(options)));
  }
  /** Asks the car for something. The answer says that it was taken, not that it was done. Sent with a
   *  key of its own, so that the bridge does it once even if this is repeated after a lost answer. */
  send(command: Schemas["CommandName"], body: Schemas["CommandRequest"] = {}, options: CallOptions & { key?: string } = {}): Promise<Schemas["Command"]> {
    return unwrap(this.#routes.POST("/vehicles/{car}/commands/{command}", {
      params: { path: { car: this.car, command }, header: { "Idempotency-Key": options.key ?? newKey() } },
      body, ...withSignal(options) }));
  }
  command(id: string, options: CallOptions = {}): Promise<Schemas["Command"]> {
    return unwrap(this.#routes.GET("/vehicles/{car}/commands/{command}", {
      params: { path: { car: this.car, command: id } }, ...withSignal(options) }));
  }

  #call(options: CallOptions) {
    return { params: { path: { car: this.car } }, ...withSignal(options) };
  }
  #part(kind: Kind, query: { from?: string; to?: string; limit?: number; cursor?: string }, options: CallOptions): Answer<{ next: string | null }> {
    const call = { params: { path: { car: this.car }, query }, ...withSignal(options) };
    switch (kind) {
      case "trips": return this.#routes.GET("/vehicles/{car}/trips", call);
      case "charges": return this.#routes.GET("/vehicles/{car}/charges", call);
      case "samples": return this.#routes.GET("/vehicles/{car}/samples", call);
      case "events": return this.#routes.GET("/vehicles/{car}/events", call);
    }
  }
}
