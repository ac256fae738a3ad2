// Answers to requests that are not fulfilled.

/** What does not fit, and where, in the words that clients of FastAPI know. */
export interface Problem {
  loc: string[];
  msg: string;
  type: string;
}

/** Thrown anywhere below the routes: the request is answered with that status and `{ detail }`. */
export class HttpError extends Error {
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

export const notAuthenticated = () => new HttpError(401, "Not authenticated", { "www-authenticate": "Bearer" });

/** Somebody else's conversation looks like one that does not exist. */
export const notFound = () => new HttpError(404, "Conversation not found");

export const notAllowed = (allow: string) => new HttpError(405, "Method Not Allowed", { allow });

export const tooLarge = (bytes: number) => new HttpError(413, `The body must have at most ${bytes} bytes`);

export const unprocessable = (...problems: Problem[]) => new HttpError(422, problems);

/** As servers note a client that has gone; nobody reads it. */
export const aborted = () => new HttpError(499, "The request was aborted");

/** Says nothing of what happened: that may be anybody's text, with keys in it. */
export const internalError = () => new HttpError(500, "Internal Server Error");
