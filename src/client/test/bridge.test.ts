// The client against a running bridge (tests/integration/test_client.py starts it).
import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, Problem, type BridgeEvent } from "../src/index.js";

function need(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set`);
  return value;
}
const baseUrl = need("T2M_URL");
const user = need("T2M_USER");
const password = need("T2M_PASSWORD");
const guest = need("T2M_GUEST");
const guestPassword = need("T2M_GUEST_PASSWORD");
const limit = () => ({ signal: AbortSignal.timeout(60_000) });

async function administrator(): Promise<Client> {
  const client = new Client({ baseUrl });
  await client.signIn(user, password, limit());
  return client;
}

async function until(events: AsyncGenerator<BridgeEvent>, wanted: (event: BridgeEvent) => boolean): Promise<BridgeEvent> {
  for await (const event of events) if (wanted(event)) return event;
  throw new Error("the events ended before what was waited for");
}

test("health and readiness are told to anybody", async () => {
  const client = new Client({ baseUrl });
  assert.equal((await client.health(limit())).status, "ok");
  assert.match((await client.ready(limit())).status, /^(ok|degraded|down)$/);
});

test("without a sign-in there are no cars", async () => {
  await assert.rejects(new Client({ baseUrl }).vehicles(limit()), { name: "Problem", status: 401 });
});

test("a wrong password is a problem", async () => {
  await assert.rejects(new Client({ baseUrl }).signIn(user, "not the password", limit()), { name: "Problem", status: 401 });
});

test("an administrator reads everything about a car", async () => {
  const client = await administrator();
  const cars = await client.vehicles(limit());
  assert.ok(cars.length > 0);
  for (const { id, vin } of cars) {
    const car = await client.vehicle(id).get(limit());
    assert.equal(car.vin, vin);
    assert.equal((await client.vehicle(vin).get(limit())).id, id);
    assert.equal(typeof car.values["odometer"]?.value, "number");
    assert.equal((await client.vehicle(id).telemetry(limit())).vehicle, id);
    assert.equal((await client.vehicle(id).status(limit())).vehicle, id);
    const place = await client.vehicle(id).location(limit());
    assert.ok(Math.abs(place.latitude) <= 90);
  }
  await client.signOut(limit());
});

test("a guest sees the own cars and nobody else's", async () => {
  const client = new Client({ baseUrl });
  await client.signIn(guest, guestPassword, { brand: "lexus", ...limit() });
  const own = new Set((await client.vehicles(limit())).map((car) => car.id));
  const admin = await administrator();
  for (const { id, vin } of await admin.vehicles(limit())) {
    assert.ok(!own.has(id));
    for (const name of [id, vin]) {
      await assert.rejects(client.vehicle(name).get(limit()), { name: "Problem", status: 404, type: "not-found" });
    }
  }
});

test("the route of an administrator is typed as well", async () => {
  const client = await administrator();
  const { data } = await client.routes.GET("/admin/sessions", limit());
  assert.ok(data?.sessions.some((session) => session.current && session.name === user));
});

test("an access token that does not hold is renewed", async () => {
  const client = await administrator();
  const tokens = client.session.tokens;
  assert.ok(tokens);
  client.session.tokens = { ...tokens, access_token: `${tokens.access_token.slice(0, -4)}AAAA` };
  await client.vehicles(limit());
  assert.notEqual(client.session.tokens?.refresh_token, tokens.refresh_token);
});

test("after signing out neither token holds", async () => {
  const client = await administrator();
  const tokens = client.session.tokens;
  assert.ok(tokens);
  await client.signOut(limit());
  await assert.rejects(new Client({ baseUrl, tokens }).vehicles(limit()), (error) => error instanceof Problem && error.status === 401);
});

test("a command is done, and the events tell each step; a second connection goes on where the first was", async () => {
  const client = await administrator();
  const offered = new Map<string, string[]>();
  for (const { id } of await client.vehicles(limit())) {
    const list = await client.vehicle(id).commands(limit());
    offered.set(id, list.offered.filter((offer) => offer.offered).map((offer) => offer.name));
  }
  const id = [...offered].find(([, names]) => names.includes("climate_start"))?.[0];
  assert.ok(id, "no car offers climate_start");
  const abort = new AbortController();
  const events = client.events({ signal: abort.signal });
  // From the events of the begin one cannot go on; the last of them carries the first number.
  const first = await until(events, (event) => /-\d+$/.test(event.id));
  const command = await client.vehicle(id).send("climate_start", { temperature: 21, duration: 10 }, limit());
  assert.equal(command.vehicle, id);
  const ours = (event: BridgeEvent) => event.type === "command" && event.data.id === command.id;
  const accepted = await until(client.events({ signal: AbortSignal.timeout(60_000), lastEventId: first.id }), ours);
  assert.ok(accepted.type === "command");
  const seen = await until(client.events({ ...limit(), lastEventId: first.id }), ours);
  assert.deepEqual(seen, accepted, "what was missed is told again");
  abort.abort();
  assert.equal((await client.vehicle(id).command(command.id, limit())).command, "climate_start");
});

test("the history is read to its end", async () => {
  const client = await administrator();
  for (const { id } of await client.vehicles(limit())) {
    let newest = "9999";
    for await (const sample of client.vehicle(id).history("samples", { limit: 2 }, limit())) {
      assert.ok(sample.at <= newest, "newest first");
      newest = sample.at;
    }
    const { figures } = await client.vehicle(id).statistics({}, limit());
    assert.equal(typeof figures, "object");
  }
});
