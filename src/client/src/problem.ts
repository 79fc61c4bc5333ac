import type { components } from "./schema.js";

export type ProblemDetails = components["schemas"]["Problem"];

/** An answer that is an error (RFC 9457). Tell problems apart by `type`; the texts are for people. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  /** The last part of the problem's type: "not-found", "too-many-requests", … */
  readonly type: string;
  readonly details: ProblemDetails;

  constructor(details: ProblemDetails) {
    super(details.detail ?? details.title);
    this.status = details.status;
    this.type = details.type.slice(details.type.lastIndexOf("/") + 1);
    this.details = details;
  }

  /** Seconds after which it is worth trying again, if the server named them. */
  get retryAfter(): number | undefined {
    return this.details.retry_after;
  }
}

function isProblem(value: unknown): value is ProblemDetails {
  return typeof value === "object" && value !== null
    && typeof (value as ProblemDetails).type === "string"
    && typeof (value as ProblemDetails).title === "string";
}

/** What an answer with an error status says. Something between us and the bridge (a proxy) may have
 *  sent something else; that becomes a problem of type "no-problem". */
export function problemOf(response: Response, body: unknown): Problem {
  if (isProblem(body)) return new Problem(body);
  const after = Number(response.headers.get("Retry-After") ?? NaN);
  return new Problem({
    type: "/api/v1/problems/no-problem",
    title: response.statusText || "The answer is no problem document",
    status: response.status,
    ...(Number.isFinite(after) ? { retry_after: after } : {}),
  });
}
