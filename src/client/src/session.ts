import type { components } from "./schema.js";
import { problemOf } from "./problem.js";

export type Tokens = components["schemas"]["Tokens"];

export interface SessionOptions {
  /** Of the bridge, without `/api/v1`: "https://home.example:8099/". May have a path of a proxy. */
  baseUrl: string | URL;
  /** Of an earlier session; see `onTokens`. */
  tokens?: Tokens | undefined;
  /** Told of every change, so that tokens can be kept; null: nobody is signed in any more. */
  onTokens?: ((tokens: Tokens | null) => void) | undefined;
  /** Instead of the global one. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/** Sends requests with the access token, and renews it once when it does not hold any more. */
export class Session {
  readonly url: string;
  #tokens: Tokens | null;
  #renewal: Promise<boolean> | null = null;
  readonly #options: SessionOptions;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#tokens = options.tokens ?? null;
    this.url = new URL("api/v1", String(options.baseUrl).replace(/\/*$/, "/")).toString();
  }

  get tokens(): Tokens | null {
    return this.#tokens;
  }

  set tokens(tokens: Tokens | null) {
    this.#tokens = tokens;
    this.#options.onTokens?.(tokens);
  }

  /** As fetch(), with the session's token. Errors are answers, too. */
  async send(request: Request): Promise<Response> {
    const tokens = this.#tokens;
    if (tokens === null || request.headers.has("Authorization")) return this.#fetch(request);
    // A body can be sent once only; a second sending needs a copy.
    const again = request.clone();
    const answer = await this.#fetch(signed(request, tokens));
    if (answer.status !== 401) return answer;
    if (!(await this.#renewed(tokens)) || this.#tokens === null) return answer;
    await answer.body?.cancel();
    return this.#fetch(signed(again, this.#tokens));
  }

  /** Whether there are newer tokens than these. Several requests that fail at once renew them once:
   *  a refresh token is good for one use, and a second use would end the session. */
  async #renewed(old: Tokens): Promise<boolean> {
    if (this.#tokens !== old) return this.#tokens !== null;
    this.#renewal ??= this.#renew(old).finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #renew(old: Tokens): Promise<boolean> {
    const answer = await this.#fetch(new Request(`${this.url}/auth/refresh`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ refresh_token: old.refresh_token }),
    }));
    if (answer.ok) {
      this.tokens = (await answer.json()) as Tokens;
      return true;
    }
    const body: unknown = await answer.json().catch(() => null);
    // Only a clear no ends the session here; a bridge that starts anew may know it in a minute.
    if (answer.status === 401) {
      this.tokens = null;
      return false;
    }
    throw problemOf(answer, body);
  }

  #fetch(request: Request): Promise<Response> {
    return (this.#options.fetch ?? globalThis.fetch)(request);
  }
}

function signed(request: Request, tokens: Tokens): Request {
  const headers = new Headers(request.headers);
  headers.set("Authorization", `Bearer ${tokens.access_token}`);
  return new Request(request, { headers });
}
