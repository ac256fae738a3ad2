// What the pages were told is stored, held against what is there.
import { answerOf, originOf } from "./content.js";
import { logOf } from "./integrity.mjs";

/** An answer is saved every 250 ms; the save that was under way when the browser died may be lost as well. */
const LONGEST_LOSS = 500;

/** The acknowledged writes of one database. */
export class Acknowledged {
  /** How many writes were acknowledged. */
  writes = 0;
  /** The most of an answer that was lost: characters, and milliseconds before the last that was heard. */
  worst = { characters: 0, milliseconds: 0 };
  #conversations = new Map();

  hear(entry) {
    const { kind, conversation: id, call } = entry;
    if (["created", "stored", "answered", "deleted", "imported", "opened"].includes(kind)) this.writes += 1;
    if (id === undefined) return;
    if (kind === "created") this.#conversations.set(id, { calls: new Map(), turns: new Map(), state: "there" });
    const known = this.#conversations.get(id);
    if (kind === "stored") known.calls.set(call, entry.ids);
    if (kind === "deleting" || kind === "deleted") known.state = kind;
    if (kind === "heard" || kind === "answered") {
      const turn = known.turns.get(call) ?? { heard: [] };
      known.turns.set(call, turn);
      if (kind === "answered") turn.messageId = entry.messageId;
      else turn.heard.push(entry);
    }
  }

  /**
   * Compares. What was acknowledged and is not there is `lost`; what is there in part is `half`; `extra` counts calls that
   * are there as a whole without anybody having been told. From then on they must stay.
   */
  check({ records }) {
    const found = { lost: [], half: [], extra: 0 };
    const there = new Set(records.conversations.map(({ id }) => id));
    for (const id of there) {
      if (this.#conversations.has(id)) continue;
      found.extra += 1;
      this.hear({ kind: "created", conversation: id });
      this.writes -= 1;
    }
    for (const [id, known] of this.#conversations) {
      if (known.state === "deleted") {
        if (there.has(id)) found.lost.push(`the deletion of ${id}`);
      } else if (there.has(id)) {
        known.state = "there";
        this.#checkLog(id, known, logOf(records, id), found);
      } else if (known.state === "there") {
        found.lost.push(`conversation ${id}`);
      } else {
        known.state = "deleted"; // it was on its way
        found.extra += 1;
      }
    }
    return found;
  }

  #checkLog(id, known, log, found) {
    const calls = new Map();
    for (const [place, { id: messageId, role, content }] of log.entries()) {
      const origin = originOf(content);
      if (origin) {
        const call = calls.get(origin.call) ?? { ...origin, ids: [], places: [] };
        if (origin.index !== call.ids.length) found.half.push(`${id}: ${content.slice(0, 40)} is out of order or doubled`);
        call.ids.push(messageId);
        call.places.push(place);
        calls.set(origin.call, call);
      } else if (role !== "assistant" || !content.startsWith("Answer ")) {
        found.half.push(`${id}: message ${place} says ${JSON.stringify(content.slice(0, 60))}`);
      }
    }
    const next = new Map();
    for (const [call, { writer, number, size, ids, places }] of calls) {
      if (ids.length !== size) found.half.push(`${id}: ${ids.length} of the ${size} messages of ${call}`);
      if (places.at(-1) - places[0] !== places.length - 1) found.half.push(`${id}: something is between the messages of ${call}`);
      if (number !== (next.get(writer) ?? 0)) found.half.push(`${id}: ${call} instead of number ${next.get(writer) ?? 0}`);
      next.set(writer, number + 1);
      const acknowledged = known.calls.get(call);
      if (acknowledged && acknowledged.join() !== ids.join()) found.half.push(`${id}: ${call} has other ids than were told`);
      if (!acknowledged && !known.turns.has(call)) {
        found.extra += 1;
        known.calls.set(call, ids);
      }
    }
    for (const call of known.calls.keys()) if (!calls.has(call)) found.lost.push(`${id}: ${call}`);
    for (const [call, turn] of known.turns) this.#checkTurn(`${id}: ${call}`, turn, { log, place: calls.get(call)?.places[0], call }, found);
  }

  #checkTurn(name, turn, { log, place, call }, found) {
    if (place === undefined) return found.lost.push(`${name}: the question`);
    const [next, whole] = [log[place + 1], answerOf(call)];
    const answer = next?.role === "assistant" ? next : undefined;
    const isWhole = answer?.status === "complete" && answer.content === whole;
    if (turn.messageId !== undefined) {
      if (!isWhole || answer.id !== turn.messageId) found.lost.push(`${name}: the answer`);
      return undefined;
    }
    if (isWhole) {
      turn.messageId = answer.id;
      found.extra += 1;
      return undefined;
    }
    if (answer && !(answer.status === "interrupted" && whole.startsWith(answer.content))) {
      found.half.push(`${name}: an answer that is ${answer.status}: ${answer.content.slice(-40)}`);
    }
    const saved = answer?.content.length ?? 0;
    const last = turn.heard.at(-1) ?? { length: 0, at: 0 };
    const characters = Math.max(0, last.length - saved);
    const milliseconds = characters === 0 ? 0 : last.at - turn.heard.find(({ length }) => length > saved).at;
    this.worst.characters = Math.max(this.worst.characters, characters);
    this.worst.milliseconds = Math.max(this.worst.milliseconds, Math.round(milliseconds));
    if (milliseconds > LONGEST_LOSS) found.lost.push(`${name}: ${characters} characters of the answer, ${Math.round(milliseconds)} ms`);
    return undefined;
  }
}
