// The client against a server that plays what a test wants: rules that a real bridge shows seldom.
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";

import { Client, EventParser, Problem, type BridgeEvent, type Tokens } from "../src/index.js";

interface Seen {
  method: string;
  path: string;
  token: string;
  headers: IncomingMessage["headers"];
  body: string;
}
type Play = (request: Seen, response: ServerResponse, count: number) => void;

const OLD: Tokens = { access_token: "a.b.1", refresh_token: "r.b.1", token_type: "Bearer", expires_in: 900 };
const NEW: Tokens = { access_token: "a.b.2", refresh_token: "r.b.2", token_type: "Bearer", expires_in: 900 };
const PAUSE = { first: 1, longest: 4 };

/** A server for one test; `seen` holds what it was asked. */
async function server(context: TestContext, play: Play): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const listener = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => {
      const asked = {
        method: request.method ?? "", path: request.url ?? "", headers: request.headers, body,
        token: (request.headers.authorization ?? "").replace("Bearer ", ""),
      };
      seen.push(asked);
      play(asked, response, seen.length);
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    listener.closeAllConnections();
    listener.close();
  });
  return { url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`, seen };
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const type = status < 400 ? "application/json" : "application/problem+json";
  response.writeHead(status, { "Content-Type": type, ...headers }).end(JSON.stringify(body));
}

function problem(response: ServerResponse, status: number, type: string, more: object = {}): void {
  json(response, status, { type: `/api/v1/problems/${type}`, title: "It is not so", status, detail: "No.", ...more });
}

function begin(response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
}

async function take(events: AsyncGenerator<BridgeEvent>, count: number): Promise<BridgeEvent[]> {
  const found: BridgeEvent[] = [];
  for await (const event of events) {
    found.push(event);
    if (found.length === count) break;
  }
  return found;
}

test("signing in keeps the tokens, and later requests carry the access token", async (context) => {
  const { url, seen } = await server(context, (request, response) =>
    json(response, 200, request.path.endsWith("/login") ? OLD : { vehicles: [] }));
  const kept: (Tokens | null)[] = [];
  const client = new Client({ baseUrl: url, onTokens: (tokens) => kept.push(tokens) });
  await client.signIn("anna", "a password");
  await client.vehicles();
  assert.deepEqual(JSON.parse(seen[0]!.body), { username: "anna", password: "a password" });
  assert.equal(seen[0]!.token, "");
  assert.equal(seen[1]!.path, "/api/v1/vehicles");
  assert.equal(seen[1]!.token, OLD.access_token);
  assert.deepEqual(kept, [OLD]);
});

test("a prefix of a proxy stays before every path", async (context) => {
  const { url, seen } = await server(context, (_request, response) => json(response, 200, { vehicles: [] }));
  for (const base of [`${url}/cars`, `${url}/cars/`]) await new Client({ baseUrl: base }).vehicles();
  assert.deepEqual(seen.map((request) => request.path), ["/cars/api/v1/vehicles", "/cars/api/v1/vehicles"]);
});

test("an access token that has ended is renewed once for several requests, and each is sent again", async (context) => {
  const { url, seen } = await server(context, (request, response) => {
    if (request.path.endsWith("/refresh")) json(response, 200, NEW);
    else if (request.token === NEW.access_token) json(response, 202, { id: "c-1" });
    else problem(response, 401, "unauthorized");
  });
  const client = new Client({ baseUrl: url, tokens: OLD });
  const car = client.vehicle("1f0c2a9b7e");
  await Promise.all([car.send("climate_start", { temperature: 21 }), car.send("lock"), car.send("horn")]);
  assert.equal(seen.filter((request) => request.path.endsWith("/refresh")).length, 1);
  assert.deepEqual(client.session.tokens, NEW);
  const climate = seen.filter((request) => request.path.endsWith("/climate_start"));
  assert.equal(climate.length, 2);
  assert.deepEqual(climate.map((request) => JSON.parse(request.body)), [{ temperature: 21 }, { temperature: 21 }]);
  assert.equal(climate[0]!.headers["idempotency-key"], climate[1]!.headers["idempotency-key"]);
});

test("when the refresh token does not hold either, the session is over and the 401 is told", async (context) => {
  const { url, seen } = await server(context, (_request, response) => problem(response, 401, "unauthorized"));
  const kept: (Tokens | null)[] = [];
  const client = new Client({ baseUrl: url, tokens: OLD, onTokens: (tokens) => kept.push(tokens) });
  await assert.rejects(client.vehicles(), (error) => error instanceof Problem && error.status === 401);
  assert.deepEqual(seen.map((request) => request.path), ["/api/v1/vehicles", "/api/v1/auth/refresh"]);
  assert.deepEqual(kept, [null]);
});

test("trouble while renewing does not end the session", async (context) => {
  const { url } = await server(context, (request, response) =>
    request.path.endsWith("/refresh") ? problem(response, 503, "storage_failed") : problem(response, 401, "unauthorized"));
  const client = new Client({ baseUrl: url, tokens: OLD });
  await assert.rejects(client.vehicles(), (error) => error instanceof Problem && error.type === "storage_failed");
  assert.deepEqual(client.session.tokens, OLD);
});

test("a problem is thrown with its type, status and pause; what is no problem document becomes one", async (context) => {
  const { url } = await server(context, (_request, response, count) => {
    if (count === 1) problem(response, 429, "too-many-requests", { retry_after: 17 });
    else response.writeHead(502, { "Content-Type": "text/html", "Retry-After": "5" }).end("<h1>Bad gateway</h1>");
  });
  const client = new Client({ baseUrl: url });
  await assert.rejects(client.vehicles(), { name: "Problem", type: "too-many-requests", status: 429, retryAfter: 17, message: "No." });
  await assert.rejects(client.vehicles(), { name: "Problem", type: "no-problem", status: 502, retryAfter: 5 });
});

test("signing out forgets the tokens, even of a session that had ended already", async (context) => {
  const { url } = await server(context, (_request, response) => problem(response, 401, "unauthorized"));
  const client = new Client({ baseUrl: url, tokens: OLD });
  await client.signOut();
  assert.equal(client.session.tokens, null);
});

test("history is read part by part until its end", async (context) => {
  const { url, seen } = await server(context, (request, response) => {
    const first = !request.path.includes("cursor=");
    json(response, 200, { vehicle: "1f0c2a9b7e", trips: [{ id: first ? "b" : "a" }], next: first ? "x&y" : null });
  });
  const ids: string[] = [];
  for await (const trip of new Client({ baseUrl: url }).vehicle("1f0c2a9b7e").history("trips", { from: "2026-11-01", limit: 1 })) ids.push(trip.id);
  assert.deepEqual(ids, ["b", "a"]);
  assert.deepEqual(seen.map((request) => request.path), [
    "/api/v1/vehicles/1f0c2a9b7e/trips?from=2026-11-01&limit=1",
    "/api/v1/vehicles/1f0c2a9b7e/trips?from=2026-11-01&limit=1&cursor=x%26y"]);
});

test("ready answers also when something is down", async (context) => {
  const { url } = await server(context, (_request, response) =>
    response.writeHead(503, { "Content-Type": "application/json" }).end('{"status":"down"}'));
  assert.deepEqual(await new Client({ baseUrl: url }).ready(), { status: "down" });
});

test("a call can be given up", async (context) => {
  const { url } = await server(context, () => undefined);
  const abort = new AbortController();
  const call = new Client({ baseUrl: url }).vehicles({ signal: abort.signal });
  setTimeout(() => abort.abort(), 10);
  await assert.rejects(call, { name: "AbortError" });
});

test("events go on behind the last one that was seen", async (context) => {
  const { url, seen } = await server(context, (_request, response, count) => {
    begin(response);
    response.end(`retry: 1\n\nid: x-${count}\nevent: cars\ndata: {"vehicles":[]}\n\n`);
  });
  const client = new Client({ baseUrl: url, tokens: OLD });
  const found = await take(client.events({ pause: PAUSE, lastEventId: "x-0" }), 3);
  assert.deepEqual(found.map((event) => event.id), ["x-1", "x-2", "x-3"]);
  assert.deepEqual(seen.map((request) => request.headers["last-event-id"]), ["x-0", "x-1", "x-2"]);
  assert.deepEqual(seen.map((request) => request.token), Array(3).fill(OLD.access_token));
});

test("events wait as long as the bridge asks, and go on after errors that pass", async (context) => {
  const { url, seen } = await server(context, (_request, response, count) => {
    if (count === 1) return problem(response, 503, "cancelled");
    if (count === 2) return problem(response, 429, "too-many-requests", { retry_after: 0 });
    begin(response);
    response.write('id: 1\nevent: reset\ndata: {"reason":"begin"}\n\n');
  });
  const reasons: unknown[] = [];
  const [event] = await take(new Client({ baseUrl: url }).events({ pause: PAUSE, onInterruption: (reason) => reasons.push(reason) }), 1);
  assert.equal(event?.type, "reset");
  assert.equal(seen.length, 3);
  assert.deepEqual(reasons.map((reason) => (reason as Problem).status), [503, 429]);
});

test("events end with the problem that will not pass", async (context) => {
  const { url } = await server(context, (_request, response) => problem(response, 403, "forbidden"));
  await assert.rejects(take(new Client({ baseUrl: url }).events({ pause: PAUSE }), 1), { type: "forbidden" });
});

test("a silent stream is given up and connected anew", async (context) => {
  const { url, seen } = await server(context, (_request, response, count) => {
    begin(response);
    if (count === 1) response.write(": heartbeat\n\n");
    else response.write('id: 1\nevent: cars\ndata: {"vehicles":[]}\n\n');
  });
  await take(new Client({ baseUrl: url }).events({ pause: PAUSE, silence: 50 }), 1);
  assert.equal(seen.length, 2);
});

test("a signal ends the events without an error, also in a pause", async (context) => {
  const { url } = await server(context, (_request, response) => problem(response, 503, "cancelled"));
  const abort = new AbortController();
  const events = new Client({ baseUrl: url }).events({
    signal: abort.signal, pause: { first: 3_600_000, longest: 3_600_000 }, onInterruption: () => setTimeout(() => abort.abort(), 5) });
  assert.deepEqual(await take(events, 1), []);
});

test("leaving the events closes their connection", async (context) => {
  let closed: (() => void) | undefined;
  const gone = new Promise<void>((resolve) => (closed = resolve));
  const { url } = await server(context, (_request, response) => {
    response.on("close", () => closed?.());
    begin(response);
    response.write('id: 1\nevent: cars\ndata: {"vehicles":[]}\n\n');
  });
  await take(new Client({ baseUrl: url }).events({ pause: PAUSE }), 1);
  await gone;
});

test("events of a later version of the bridge are passed over", async (context) => {
  const { url } = await server(context, (_request, response) => {
    begin(response);
    response.write('id: 1\nevent: weather\ndata: {}\n\nid: 2\nevent: cars\ndata: {"vehicles":[]}\n\n');
  });
  const [event] = await take(new Client({ baseUrl: url }).events({ pause: PAUSE }), 1);
  assert.equal(event?.id, "2");
});

test("a stream means the same however it is cut into pieces", () => {
  const text = '\uFEFF: hello\nretry: 250\n\nid: 7\r\nevent: car\r\ndata: {"a":\r\ndata: 1}\r\n\r\nevent: lost\n\ndata\n\nid: 8\rdata:x\r\rdata: unfinished';
  const whole = new EventParser();
  const expected = whole.push(text);
  assert.deepEqual(expected, [
    { id: "7", name: "car", data: '{"a":\n1}' }, { id: "7", name: "message", data: "" }, { id: "8", name: "message", data: "x" }]);
  assert.equal(whole.retry, 250);
  for (let size = 1; size < text.length; ++size) {
    const parser = new EventParser();
    const found = [];
    for (let at = 0; at < text.length; at += size) found.push(...parser.push(text.slice(at, at + size)));
    assert.deepEqual(found, expected, `pieces of ${size}`);
  }
});
