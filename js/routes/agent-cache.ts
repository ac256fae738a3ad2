// The agents of a service worker, cached from one request to the next.

import { isMemoryError } from "../errors.js";
import type { Agent } from "./agent.js";

type AgentFor = (userId: string) => Promise<Agent> | Agent;

/**
 * Makes each user's agent once, and again when that has failed or its memory has been closed: by another tab that
 * upgraded or deleted the database, or by the browser.
 */
export function cacheAgents(make: AgentFor): (userId: string) => Promise<Agent> {
  const cached = new Map<string, Promise<Agent>>();

  function renew(userId: string): Promise<Agent> {
    const making = (async () => make(userId))();
    cached.set(userId, making);
    making.catch(() => {
      if (cached.get(userId) === making) cached.delete(userId);
    });
    return making;
  }

  return async (userId) => {
    const current = cached.get(userId);
    if (!current) return renew(userId);
    const agent = await current;
    if (await isOpen(agent)) return agent;
    const newest = cached.get(userId);
    // Another request may have seen it meanwhile and be on the way already.
    return newest && newest !== current ? newest : renew(userId);
  };
}

async function isOpen({ manager }: Agent): Promise<boolean> {
  try {
    await manager.getConversation(""); // any read will do
    return true;
  } catch (error) {
    // Whatever else there is, the request itself will meet it.
    return !(isMemoryError(error) && error.code === "closed");
  }
}
