// Answers to requests that are not fulfilled.

/** What does not fit, and where, in the words that clients of FastAPI know. */
export interface Problem {
  loc: string[];
  msg: string;
  type: string;
}

/** Thrown anywhere below the routes: the request is answered with that status and `{ detail }`. */
export class Refusal extends Error {
  readonly status: number;
  readonly detail: string | Problem[];
  readonly headers: Record<string, string>;

  constructor(status: number, detail: string | Problem[], headers: Record<string, string> = {}) {
    super(`answered with status ${status}`);
    this.status = status;
    this.detail = detail;
    this.headers = headers;
  }
}

export const notAuthenticated = () => new Refusal(401, "Not authenticated", { "www-authenticate": "Bearer" });

/** Somebody else's conversation looks like one that does not exist. */
export const notFound = () => new Refusal(404, "Conversation not found");

export const notAllowed = (allow: string) => new Refusal(405, "Method Not Allowed", { allow });

export const tooLarge = (bytes: number) => new Refusal(413, `The body must have at most ${bytes} bytes`);

export const unfit = (...problems: Problem[]) => new Refusal(422, problems);

/** As servers note a client that has gone; nobody reads it. */
export const aborted = () => new Refusal(499, "The request was aborted");

/** Says nothing of what happened: that may be anybody's text, with keys in it. */
export const internal = () => new Refusal(500, "Internal Server Error");
